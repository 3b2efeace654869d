#include "config/yaml_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include <fmt/format.h>
#include <yaml-cpp/binary.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/yaml.h>

#include "base/unique_fd.h"
#include "config/hook_options.h"
#include "config/nearest.h"

namespace lastcall::config {
namespace {

constexpr const char* kBinaryTag = "tag:yaml.org,2002:binary";

const char* kind_of(const YAML::Node& node) {
  if (node.IsMap()) return "a section";
  if (node.IsSequence()) return "a list";
  return node.IsScalar() ? "a single value" : "no value";
}

// Walks a document of two levels at most, whatever the file holds: sections, options, values.
class Reader {
 public:
  Reader(const std::string& source, Diagnostics& diagnostics) : source_(source), diagnostics_(diagnostics) {}

  std::vector<Assignment> read(const std::vector<YAML::Node>& documents) {
    if (documents.empty() || documents.front().IsNull()) return {};  // empty, or comments alone: all defaults
    if (documents.size() > 1) report(place_of(documents[1]), "a second document starts here; a configuration is one document");
    if (!documents.front().IsMap())
      report(place_of(documents.front()),
             fmt::format("found {} where options are wanted; write for example grace: 30s", kind_of(documents.front())));
    else
      read_map(documents.front(), "");
    return std::move(assignments_);
  }

 private:
  Place place_of(const YAML::Node& node) const { return {source_, node.Mark().line + 1, node.Mark().column + 1}; }

  void report(const Place& place, std::string message) { diagnostics_.push_back({place, std::move(message)}); }

  void read_map(const YAML::Node& map, const std::string& section) {
    std::map<std::string, Place> seen;
    for (const auto& pair : map) {
      const Place place = place_of(pair.first);
      if (!pair.first.IsScalar()) {
        report(place, fmt::format("found {} where the name of an option is wanted", kind_of(pair.first)));
        continue;
      }
      const std::string& key = pair.first.Scalar();
      const std::string name = section.empty() ? key : section + "." + key;
      const auto [first, added] = seen.emplace(key, place);
      if (!added)
        report(place, fmt::format("{} stands here a second time; the first is in line {}", name, first->second.line));
      else
        read_entry(section, key, name, place, pair.second);
    }
  }

  void read_entry(const std::string& section, const std::string& key, const std::string& name, const Place& place,
                  const YAML::Node& node) {
    const Option* option = find_option(name);
    if (option != nullptr && (!section.empty() || option->section().empty()))
      read_option(*option, place, node);
    else if (option != nullptr)
      report(place, fmt::format("{} stands in a section; write {}", name, option->yaml()));
    else if (section.empty() && is_section(key))
      read_section(key, place, node);
    else
      report(place, unknown_key(section, key));
  }

  void read_section(const std::string& section, const Place& place, const YAML::Node& node) {
    if (node.IsMap()) return read_map(node, section);
    if (const Option* option = section_option(section); option != nullptr && !node.IsNull()) return read_option(*option, place, node);
    for (const Option& option : option_table()) {
      if (option.section() != section) continue;
      return report(node.IsNull() ? place : place_of(node), fmt::format("{}: found {} where a section is wanted; write for example {}",
                                                                        section, kind_of(node), option.yaml()));
    }
  }

  void read_option(const Option& option, const Place& place, const YAML::Node& node) {
    Assignment assignment{&option, place, {}};
    const bool list_only = option.type == ValueType::words;  // one text would need a shell to become words
    if (node.IsScalar() && !list_only) {
      add_value(option, node, assignment);
    } else if (option.type == ValueType::records && (node.IsMap() || node.IsSequence())) {
      return read_records(option, place, node);
    } else if (node.IsSequence() && option.repeatable) {
      for (const YAML::Node& element : node) add_value(option, element, assignment);
    } else if (node.IsMap() && option.type == ValueType::map) {
      for (const auto& pair : node) add_pair(option, pair.first, pair.second, assignment);
    } else {
      return wrong_kind(option, node.IsNull() ? place : place_of(node), node,
                        option.type == ValueType::map ? "a map" : option.repeatable ? "a list" : "a single value");
    }
    if (node.IsScalar() || assignment.values.size() == node.size()) assignments_.push_back(std::move(assignment));
  }

  void add_value(const Option& option, const YAML::Node& node, Assignment& assignment) {
    if (const auto text = text_of(option, node, assignment.place)) assignment.values.push_back({*text, place_of(node)});
  }

  // Each goes on as one text, as a flag may write it.
  void read_records(const Option& option, const Place& place, const YAML::Node& node) {
    Assignment assignment{&option, place, {}};
    const std::size_t before = diagnostics_.size();
    if (node.IsMap()) {
      add_record(option, node, assignment);
    } else {
      for (const YAML::Node& element : node) element.IsMap() ? add_record(option, element, assignment) : add_value(option, element, assignment);
    }
    if (diagnostics_.size() == before) assignments_.push_back(std::move(assignment));
  }

  void add_record(const Option& option, const YAML::Node& node, Assignment& assignment) {
    Record record;
    for (const auto& pair : node) {
      const auto key = text_of(option, pair.first, place_of(node));
      if (!key) return;
      if (std::any_of(record.begin(), record.end(), [&](const RecordField& each) { return each.key == *key; }))
        return report(place_of(pair.first), fmt::format("{}: {} stands here a second time", option.name, quoted(*key)));
      RecordField field{.key = *key, .values = {}, .list = pair.second.IsSequence()};
      const auto add = [&](const YAML::Node& value) {
        if (const auto text = text_of(option, value, place_of(pair.first))) field.values.push_back(*text);
      };
      if (field.list)
        for (const YAML::Node& each : pair.second) add(each);
      else
        add(pair.second);
      record.push_back(std::move(field));
    }
    assignment.values.push_back({record_text(record), place_of(node)});
  }

  // As the flag spells it: NAME=value.
  void add_pair(const Option& option, const YAML::Node& name, const YAML::Node& value, Assignment& assignment) {
    const auto left = text_of(option, name, assignment.place), right = text_of(option, value, place_of(name));
    if (!left || !right) return;
    const bool twice = std::any_of(assignment.values.begin(), assignment.values.end(),
                                   [&](const Value& each) { return each.text.starts_with(*left + "="); });
    if (twice) return report(place_of(name), fmt::format("{}: {} stands here a second time", option.name, quoted(*left)));
    assignment.values.push_back({*left + "=" + *right, place_of(name)});
  }

  // Nothing where the node has no text, which is reported then.
  std::optional<std::string> text_of(const Option& option, const YAML::Node& node, const Place& place) {
    if (!node.IsScalar()) {
      wrong_kind(option, node.IsNull() ? place : place_of(node), node, "a single value");
      return std::nullopt;
    }
    std::string text = node.Scalar();
    if (node.Tag() != kBinaryTag) return text;  // how print_config() writes what is not UTF-8
    const std::vector<unsigned char> bytes = YAML::DecodeBase64(text);
    if (!bytes.empty() || text.empty()) return std::string(bytes.begin(), bytes.end());
    report(place_of(node), fmt::format("{}: {} is not base64", option.name, quoted(text)));
    return std::nullopt;
  }

  void wrong_kind(const Option& option, const Place& place, const YAML::Node& node, const char* wanted) {
    if (option.type == ValueType::words && node.IsScalar())
      return report(place, fmt::format("{0}: a text is not split into words, because there is no shell; write for example {1}: [{2}]", option.name,
                                       option.key(), option.name == "command" ? "node, server.js" : option.example));
    // {port} without quotes is a map to YAML.
    if (node.IsMap() && node.size() == 1 && node.begin()->second.IsNull() && node.begin()->first.IsScalar())
      return report(place, fmt::format("{}: a brace opens a section in YAML; write \"{{{}}}\" in quotes", option.name,
                                       node.begin()->first.Scalar()));
    report(place, fmt::format("{}: found {} where {} is wanted; write for example {}", option.name, kind_of(node), wanted,
                              option.yaml()));
  }

  // The nearest name on this level; else an option with this key elsewhere.
  static std::string unknown_key(const std::string& section, const std::string& key) {
    std::vector<std::string> here, all;
    for (const Option& option : option_table()) {
      if (option.section() == section) here.push_back(option.key());
      if (section.empty() && !option.section().empty()) here.push_back(option.section());
      all.emplace_back(option.name);
    }
    const std::string name = section.empty() ? key : section + "." + key;
    const std::string text = fmt::format("unknown key {}", quoted(name));
    std::string elsewhere;
    for (const Option& option : option_table())
      if (elsewhere.empty() && option.key() == key) elsewhere = fmt::format("{}? It is written {}", option.name, option.yaml());
    if (const std::string guess = nearest(key, here); !guess.empty())
      return fmt::format("{}; did you mean {}{}", text, section.empty() ? guess : section + "." + guess,
                         elsewhere.empty() ? "?" : ", or " + elsewhere);
    if (!elsewhere.empty()) return fmt::format("{}; did you mean {}", text, elsewhere);
    if (const std::string guess = nearest(name, all); !guess.empty())
      return fmt::format("{}; did you mean {}? It is written {}", text, guess, find_option(guess)->yaml());
    return text + "; lastcall --help lists every option";
  }

  const std::string& source_;
  Diagnostics& diagnostics_;
  std::vector<Assignment> assignments_;
};

}  // namespace

std::vector<Assignment> yaml_assignments(std::string_view text, const std::string& source, Diagnostics& diagnostics) {
  const auto at = [&](const YAML::Mark& mark) { return Place{source, mark.line + 1, mark.column + 1}; };
  try {
    return Reader(source, diagnostics).read(YAML::LoadAll(std::string(text)));
  } catch (const YAML::DeepRecursion& failure) {
    diagnostics.push_back({at(failure.mark), "nested too deeply; options are at most two levels deep"});
  } catch (const YAML::Exception& failure) {
    // What people trip over is nearly always a missing pair of quotes: [::1]:80, *:80, {port}.
    diagnostics.push_back({at(failure.mark), fmt::format("not YAML: {}; a text that starts with one of [ {{ * & ! % @ ` or contains \": \" "
                                                         "needs quotes", failure.msg)});
  } catch (const std::exception& failure) {
    diagnostics.push_back({Place{source, 0, 0}, fmt::format("can't be read as YAML: {}", failure.what())});
  }
  return {};
}

Result<std::string> read_file(const std::string& path) {
  // A FIFO that nobody writes to must not hang the start in open(); `--config <(generate)` is one with a writer, to be waited for.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file || ::fcntl(file.get(), F_SETFL, 0) != 0) return system_error("can't be read");
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return system_error("can't be read");
  if (S_ISDIR(facts.st_mode)) return Error{EISDIR, "is a directory; name the file in it"};
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("can't be read");
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > kMaxFileSize) return Error{EFBIG, "is larger than 1 MiB; this is hardly a configuration"};
  }
}

}  // namespace lastcall::config
