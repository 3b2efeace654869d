#include "config/hook_options.h"

#include <doctest/doctest.h>

#include "config/load.h"
#include "config/option_table.h"
#include "config/print_config.h"

using namespace lastcall;
using namespace lastcall::config;

namespace {

std::string refusal(const std::string& text) {
  Settings settings;
  const Status status = add_hook(settings, text);
  return status ? "" : status.error().message;
}

bool says(const std::string& text, const char* part) {
  const std::string message = refusal(text);
  INFO(text, ": ", message);
  return message.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a hook is written in short, or as a map with a name and a timeout of its own") {
  Settings settings;
  REQUIRE(add_hook(settings, "drained=/usr/bin/flush  --all now"));
  REQUIRE(add_hook(settings, "{on: cleanup, name: unlock, run: [./unlock, 'a b'], timeout: 20s}"));
  REQUIRE(add_hook(settings, "{on: exit, http: 'GET http://127.0.0.1:9000/bye?x=1'}"));
  REQUIRE(settings.hooks.size() == 3);
  CHECK(settings.hooks[0].hook == core::Hook{.on = core::HookEvent::drained, .name = "flush", .timeout = seconds(10)});
  CHECK(settings.hooks[0].run == std::vector<std::string>{"/usr/bin/flush", "--all", "now"});
  CHECK(settings.hooks[1].hook == core::Hook{.on = core::HookEvent::cleanup, .name = "unlock", .timeout = seconds(20)});
  CHECK(settings.hooks[1].run.back() == "a b");
  CHECK(settings.hooks[2].hook == core::Hook{.on = core::HookEvent::exit, .name = "bye", .timeout = seconds(5)});
  REQUIRE(settings.hooks[2].http);
  CHECK(settings.hooks[2].http->method == "GET");
  CHECK(settings.hooks[2].http->path == "/bye?x=1");
  CHECK(settings.hooks[2].http->address->to_string() == "127.0.0.1:9000");
}

TEST_CASE("the grace knows what hooks may take: drained before the stop signal, cleanup and forced after the child, exit at the end") {
  Settings settings;
  for (const char* hook : {"{on: drained, run: [a], timeout: 1s}", "{on: cleanup, run: [a], timeout: 2s}", "{on: forced, run: [a], timeout: 3s}",
                           "{on: exit, run: [a], timeout: 4s}", "{on: draining, run: [a], timeout: 50s}"})
    REQUIRE(add_hook(settings, hook));
  CHECK(settings.grace.drained_hooks == seconds(1));
  CHECK(settings.grace.cleanup_hooks == seconds(5));
  CHECK(settings.grace.exit_hooks == seconds(4));
  clear_hooks(settings);
  CHECK(settings.grace == core::GraceOptions{});
}

TEST_CASE("a mistake says what is wrong and what to write") {
  CHECK(says("draned=./flush", "did you mean drained?"));
  CHECK(says("{on: draned, run: [a]}", "did you mean drained?"));
  CHECK(says("drained=", "the command is empty"));
  CHECK(says("drained", "names no command"));
  CHECK(says("{on: drained, run: []}", "the command is empty"));
  CHECK(says("{on: drained, run: ['']}", "the command is empty"));
  CHECK(says("{on: drained, run: ./flush --all}", "no shell"));
  CHECK(says("{on: drained}", "something to do"));
  CHECK(says("{run: [a]}", "needs an event"));
  CHECK(says("{on: drained, run: [a], http: /x}", "one thing"));
  CHECK(says("{on: drained, run: [a], timout: 3s}", "did you mean timeout?"));
  CHECK(says("{on: drained, run: [a], timeout: 0s}", "more than zero"));
  CHECK(says("{on: drained, run: [a], timeout: infinity}", "has an end"));
  CHECK(says("{on: drained, run: [a], name: 'a b'}", "no name"));
  CHECK(says("{on: drained, run: [a], name: " + std::string(1 << 20, 'x') + "}", "no name"));
  CHECK(says("{on: drained, http: FETCH /x}", "method"));
  CHECK(says("{on: drained, http: POST x}", "slash"));
  CHECK(says("{on: drained, http: 'POST https://127.0.0.1/x'}", "TLS"));
  CHECK(says("{on: drained, http: 'POST http://example.org/x'}", "numeric"));
  CHECK(says("{on: drained, http: \"POST /x\\r\\nHost: y\"}", "no request"));
  CHECK(says("{on: [drained], run: [a]}", "list"));
  CHECK(says("{on: drained", "no hook"));
  CHECK(says("[1, 2]", "is a map"));
}

TEST_CASE("a hundred hooks are enough for everybody") {
  Settings settings;
  for (int i = 0; i < 100; ++i) REQUIRE(add_hook(settings, "exit=true"));
  CHECK_FALSE(add_hook(settings, "exit=true").ok());
}

TEST_CASE("hooks in a file load, print and load again to the same; a mistake names its line") {
  const auto loaded = load_text(
      "command: [a]\nhooks:\n  - {on: drained, name: q, run: [/bin/sh, -c, 'echo \"{x}, y\" # z']}\n"
      "  - on: cleanup\n    http: POST /bye\n  - exit=/bin/true now\n");
  REQUIRE_MESSAGE(loaded.ok(), (loaded.ok() ? "" : loaded.error().message));
  REQUIRE(loaded.value().hooks.size() == 3);
  CHECK(loaded.value().hooks[0].run[2] == "echo \"{x}, y\" # z");
  const auto again = load_text(print_config(loaded.value()));
  REQUIRE_MESSAGE(again.ok(), (again.ok() ? "" : again.error().message));
  CHECK(again.value().hooks == loaded.value().hooks);

  const auto wrong = load_text("command: [a]\nhooks:\n  - {on: drained, run: [a]}\n  - {on: draned, run: [a]}\n");
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().message.find(":4:") != std::string::npos);
  CHECK_FALSE(load_text("command: [a]\nhooks:\n  - {on: drained, on: exit, run: [a]}\n").ok());
  CHECK_FALSE(load_text("command: [a]\nno_proxy: true\nhooks: [{on: drained, http: POST /x}]\n").ok());
}

TEST_CASE("bytes that are no text survive as arguments of a hook") {
  Settings settings;
  settings.command = {"a"};
  settings.hooks = {{.hook = {.on = core::HookEvent::exit, .name = "x"}, .run = {"a", std::string("\xff\x01\n", 3)}, .http = {}}};
  const auto again = load_text(print_config(settings));
  REQUIRE_MESSAGE(again.ok(), (again.ok() ? "" : again.error().message));
  CHECK(again.value().hooks == settings.hooks);
}
