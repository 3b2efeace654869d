#include "app/ctl_output.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/people_text.h"

namespace lastcall::app {
namespace {

using Json = nlohmann::json;

Json parsed(std::string_view text) { return Json::parse(text, nullptr, false); }

// By JSON pointer; what is missing or of another type is `otherwise`: an older or newer lastcall may say less or more.
template <class T>
T at(const Json& json, const char* pointer, T otherwise) {
  const Json::json_pointer path(pointer);
  if (!json.is_object() || !json.contains(path)) return otherwise;
  const Json& value = json.at(path);
  if constexpr (std::is_same_v<T, std::string>)
    return value.is_string() ? value.get<std::string>() : otherwise;
  else if constexpr (std::is_same_v<T, bool>)
    return value.is_boolean() ? value.get<bool>() : otherwise;
  else
    return value.is_number() ? value.get<T>() : otherwise;
}

std::string text(const Json& json, const char* pointer) { return at<std::string>(json, pointer, ""); }
std::uint64_t number(const Json& json, const char* pointer) { return at<std::uint64_t>(json, pointer, 0); }
std::string number_or_dash(const Json& json, const char* pointer) {
  return json.is_object() && json.contains(Json::json_pointer(pointer)) && json.at(Json::json_pointer(pointer)).is_number() ? std::to_string(number(json, pointer)) : "-";
}
std::string time(std::int64_t ms) { return people_duration(milliseconds(ms)); }

const Json& list(const Json& json, const char* name) {
  static const Json kEmpty = Json::array();
  return json.is_object() && json.contains(name) && json.at(name).is_array() ? json.at(name) : kEmpty;
}

std::string spaced(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

using Row = std::vector<std::string>;

// Columns as wide as they must be; the last one as it comes.
std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string result;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) result += fmt::format("{:<{}}  ", row[i], widths[i]);
    result += row.back() + "\n";
  }
  return result;
}

std::string in_flight(const Json& state) {
  std::string result = fmt::format("{}, {}, {} idle", counted(number(state, "/in_flight/requests"), "request"),
                                   counted(number(state, "/in_flight/streams"), "stream"), number(state, "/in_flight/idle"));
  if (const auto jobs = number(state, "/jobs/running"); jobs > 0) result += fmt::format(", {}", counted(jobs, "job"));
  if (number(state, "/in_flight/oldest_ms") > 0) result += fmt::format("; the oldest for {}", time(at<std::int64_t>(state, "/in_flight/oldest_ms", 0)));
  return result;
}

std::string headline(const Json& state) {
  const std::string phase = at<bool>(state, "/draining", false) ? "draining until undrain" : text(state, "/phase");
  std::string line = phase;
  if (phase == "exiting") {
    if (const auto code = at<std::int64_t>(state, "/stop/exit_code", -1); code >= 0)
      line += fmt::format(", exit code {}: {}", code, text(state, "/stop/exit_reason"));
  } else if (const auto left = at<std::int64_t>(state, "/deadline_left_ms", -1); left >= 0) line += fmt::format(", {} left at most", time(left));
  if (const std::string reason = text(state, "/reason"); !reason.empty()) line += fmt::format(" ({})", plain_line(reason));
  return line;
}

// What a copy says of itself comes last, where one says anything.
std::vector<Row> instance_rows(const Json& state) {
  const Json& all = list(state, "instances");
  const bool proxied = !text(state, "/listen").empty();
  const bool says = std::ranges::any_of(all, [](const Json& one) { return !text(one, "/status").empty(); });
  std::vector<Row> rows{{"instance", "state", "pid", "up for", "restarts"}};
  if (proxied) rows[0].insert(rows[0].end(), {"requests", "streams", "upstream"});
  if (says) rows[0].push_back("says");
  for (const Json& one : all) {
    const std::uint64_t pid = number(one, "/pid");
    Row row{std::to_string(number(one, "/instance")), text(one, "/state"), pid == 0 ? "-" : std::to_string(pid),
            time(at<std::int64_t>(one, "/age_ms", 0)), std::to_string(number(one, "/restarts"))};
    if (proxied)
      row.insert(row.end(), {std::to_string(number(one, "/in_flight/requests")), std::to_string(number(one, "/in_flight/streams")),
                             text(one, "/upstream")});
    if (says) row.push_back(plain_line(text(one, "/status")));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string status_text(const Json& state) {
  std::vector<Row> rows{{"phase", headline(state)}, {"up for", time(at<std::int64_t>(state, "/uptime_ms", 0))}, {"command", plain_line(text(state, "/command"))}};
  if (const std::string listen = text(state, "/listen"); !listen.empty()) {
    rows.push_back({"listen", listen});
    rows.push_back({"in flight", in_flight(state)});
  } else {
    rows.push_back({"jobs", std::to_string(number(state, "/jobs/running"))});
  }
  std::string result = table(rows) + "\n";
  result += table(instance_rows(state));
  if (!at<bool>(state, "/shutting_down", false)) return result;
  std::vector<Row> phases{{"phase", "used", "planned", "began by"}};
  for (const Json& one : list(state, "phases")) {
    if (text(one, "/phase") == "serving") phases.resize(1);  // what came before it is another story
    if (text(one, "/phase") == "serving" || text(one, "/phase") == "starting") continue;
    const auto planned = at<std::int64_t>(one, "/planned_ms", -1);
    phases.push_back({text(one, "/phase"), time(at<std::int64_t>(one, "/ms", 0)), planned < 0 ? "-" : time(planned), text(one, "/why")});
  }
  return result + "\n" + table(phases);
}

std::string connections_text(const Json& answer) {
  std::vector<Row> rows{{"peer", "kind", "for", "doing", "in", "out", "instance", "request"}};
  for (const Json& one : list(answer, "connections"))
    rows.push_back({plain_line(text(one, "/peer")), text(one, "/kind"), time(at<std::int64_t>(one, "/age_ms", 0)), spaced(text(one, "/state")), std::to_string(number(one, "/bytes_in")),
                    std::to_string(number(one, "/bytes_out")), number_or_dash(one, "/instance"), plain_line(text(one, "/request"))});
  std::string result = rows.size() == 1 ? "nobody is connected\n" : table(rows);
  if (!at<bool>(answer, "/complete", true)) result += "not complete: there are more, or the proxy process did not answer in time\n";
  return result;
}

std::string jobs_text(const Json& answer) {
  std::vector<Row> rows{{"job", "owner", "for", "left"}};
  for (const Json& one : list(answer, "jobs"))
    rows.push_back({plain_line(text(one, "/id")), plain_line(text(one, "/owner")), time(at<std::int64_t>(one, "/age_ms", 0)),
                    time(at<std::int64_t>(one, "/left_ms", 0))});
  return rows.size() == 1 ? "no job is under way\n" : table(rows);
}

}  // namespace

std::string ctl_text(std::string_view verb, std::string_view json) {
  const Json answer = parsed(json);
  if (verb == "status") return status_text(answer);
  if (verb == "connections") return connections_text(answer);
  if (verb == "jobs") return jobs_text(answer);
  return headline(answer) + "\n";
}

std::string ctl_line(std::string_view state) {
  const Json answer = parsed(state);
  return fmt::format("{}: {}\n", text(answer, "/phase"), in_flight(answer));
}

std::string ctl_error(std::string_view json) {
  const std::string why = text(parsed(json), "/error");
  return why.empty() ? "lastcall says no, and not why" : plain_line(why);
}

bool ctl_serving(std::string_view state) { return text(parsed(state), "/phase") == "serving"; }

}  // namespace lastcall::app
