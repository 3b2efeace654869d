#include "config/option_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

using namespace lastcall;
using namespace lastcall::config;

TEST_CASE("every option has one name, one flag and one variable, and no two options share any of them") {
  std::set<std::string> names, flags, variables;
  std::set<char> shorts;
  for (const Option& option : option_table()) {
    CAPTURE(option.name);
    CHECK(names.insert(std::string(option.name)).second);
    if (option.name == "command") continue;  // stands after --
    CHECK(flags.insert(option.flag()).second);
    CHECK(variables.insert(option.environment()).second);
    if (option.short_flag != 0) CHECK(shorts.insert(option.short_flag).second);
  }
  CHECK(find_option("grace")->short_flag == 'g');
  CHECK(find_option("listen")->short_flag == 'l');
}

TEST_CASE("names follow one rule in every source") {
  const Option* signal = find_option("stop.signal");
  REQUIRE(signal != nullptr);
  CHECK(signal->flag() == "--stop-signal");
  CHECK(signal->environment() == "LASTCALL_STOP_SIGNAL");
  CHECK(signal->section() == "stop");
  CHECK(signal->key() == "signal");
  CHECK(find_option("lame_duck")->flag() == "--lame-duck");
  CHECK(find_option("lame_duck")->section().empty());
  CHECK(find_option("lame_duck")->key() == "lame_duck");
  CHECK(find_option("nothing") == nullptr);
  CHECK(is_section("timeouts"));
  CHECK_FALSE(is_section("grace"));
}

TEST_CASE("every option is documented: a group, one sentence without its full stop, an example, and what stands for its value") {
  for (const Option& option : option_table()) {
    CAPTURE(option.name);
    CHECK_FALSE(option.group.empty());
    CHECK(option.help.size() > 10);
    CHECK_FALSE(option.help.ends_with('.'));
    CHECK_FALSE(option.example.empty());
    CHECK(option.placeholder.empty() == (option.type == ValueType::boolean));
    CHECK(option.choices.empty() == (option.type != ValueType::choice));
    CHECK(option.repeatable == bool(option.clear));
    REQUIRE(bool(option.set));
    REQUIRE(bool(option.print));
  }
}

TEST_CASE("every example and every choice parses, and changes or keeps exactly what it says") {
  for (const Option& option : option_table()) {
    CAPTURE(option.name);
    Settings settings;
    CHECK(option.set(settings, option.example).ok());
    CHECK(option.print(settings).size() == 1);
    for (const std::string_view choice : option.choices) {
      CHECK(option.set(settings, choice).ok());
      CHECK(option.print(settings) == std::vector<std::string>{std::string(choice)});
    }
  }
}

TEST_CASE("the documented default is the default") {
  for (const Option& option : option_table()) {
    CAPTURE(option.name);
    const std::vector<std::string> printed = option.print(Settings{});
    if (option.default_text.empty()) {
      CHECK(printed.empty());
      continue;
    }
    CHECK(printed == std::vector<std::string>{std::string(option.default_text)});
    Settings settings;
    REQUIRE(option.set(settings, option.example).ok());
    REQUIRE(option.set(settings, option.default_text).ok());
    CHECK(settings == Settings{});
  }
}

TEST_CASE("the options of a group and of a section stand together, so that they print as one") {
  std::set<std::string> groups, sections;
  std::string group, section;
  for (const Option& option : option_table()) {
    CAPTURE(option.name);
    if (option.group != group) CHECK(groups.insert(std::string(option.group)).second);
    if (!option.section().empty() && option.section() != section) CHECK(sections.insert(option.section()).second);
    group = option.group;
    section = option.section();
  }
}

TEST_CASE("a repeatable option appends, and clear() forgets what a weaker source said") {
  Settings settings;
  const Option& listen = *find_option("listen");
  REQUIRE(listen.set(settings, ":80").ok());
  REQUIRE(listen.set(settings, ":443").ok());
  CHECK(listen.print(settings) == std::vector<std::string>{":80", ":443"});
  listen.clear(settings);
  CHECK(settings.listen.empty());
}
