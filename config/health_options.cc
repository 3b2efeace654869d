#include "config/health_options.h"

#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/line_pattern.h"
#include "config/diagnostics.h"
#include "config/option_fields.h"

namespace lastcall::config {
namespace {

using Texts = std::vector<std::string>;
using Report = std::function<void(std::string_view, const std::string&)>;
using S = Settings;
using R = ReadySettings;
using L = LiveSettings;

std::optional<std::uint16_t> status_code(std::string_view text) {
  std::uint16_t code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  // 1xx is never the answer itself.
  if (error != std::errc() || end != text.data() + text.size() || code < 200 || code > 599) return std::nullopt;
  return code;
}

Status add_status(std::string_view text, std::vector<StatusRange>& ranges) {
  const std::size_t dash = text.find('-');
  const auto from = status_code(text.substr(0, dash));
  const auto to = dash == text.npos ? from : status_code(text.substr(dash + 1));
  if (!from || !to || *from > *to)
    return Error{0, fmt::format("{} is no status of an answer; write 204, or a range such as 200-399", quoted(text))};
  ranges.push_back({*from, *to});
  return {};
}

template <auto Section, auto Member>
Texts print_status(const Settings& settings) {
  Texts texts;
  for (const StatusRange& range : field<Section, Member>(settings))
    texts.push_back(range.from == range.to ? std::to_string(range.from) : fmt::format("{}-{}", range.from, range.to));
  return texts;
}

template <auto Section, auto Member>
Status add_word(Settings& settings, std::string_view text) {
  field<Section, Member>(settings).emplace_back(text);
  return {};
}

Status parse_expression(std::string_view text, std::string& expression) {
  if (const auto pattern = LinePattern::compile(std::string(text)); !pattern)
    return Error{0, fmt::format("{} is not a regular expression: {}", quoted(text), pattern.error().message)};
  expression = text;
  return {};
}

Status parse_count(std::string_view text, std::uint32_t& value) {
  std::uint32_t count = 0;
  TRY(parse_into(text, count));
  if (count == 0) return Error{0, "0 answers decide nothing; write 1 or more"};
  value = count;
  return {};
}

// Below that the probes are a load of their own, and a watchdog fires because the machine was busy.
constexpr Duration kShortest = milliseconds(100);

Status parse_period(std::string_view text, Duration& value) {
  Duration period{};
  TRY(parse_limit(text, period));
  if (period < kShortest || period == kInfinite)
    return Error{0, fmt::format("{} is not between 100ms and a time that ever ends", quoted(text))};
  value = period;
  return {};
}

Status parse_watchdog(std::string_view text, std::optional<Duration>& value) {
  Duration period{};
  TRY(parse_period(text, period));
  value = period;
  return {};
}

// Names of the kinds that are set, in the order of the table.
Texts ready_kinds(const R& ready) {
  Texts kinds;
  if (!ready.http.empty()) kinds.emplace_back("ready.http");
  if (!ready.exec.empty()) kinds.emplace_back("ready.exec");
  if (!ready.log.empty()) kinds.emplace_back("ready.log");
  if (ready.notify) kinds.emplace_back("ready.notify");
  return kinds;
}

Texts live_kinds(const L& live) {
  Texts kinds;
  if (!live.http.empty()) kinds.emplace_back("live.http");
  if (live.tcp) kinds.emplace_back("live.tcp");
  if (!live.exec.empty()) kinds.emplace_back("live.exec");
  return kinds;
}

void check_one_kind(const Texts& kinds, const char* what, const Report& report) {
  for (std::size_t i = 1; i < kinds.size(); ++i)
    report(kinds[i], fmt::format("beside {}: {}; leave one of the two out", kinds[0], what));
}

// By value: what --print-config writes names every option.
void check_without_question(const L& live, const Report& report) {
  if (live.asks()) return;
  const L standard;
  const auto check = [&](bool changed, const char* option) {
    if (changed) report(option, "says how to ask whether the command lives, but not what: write live.http, live.tcp or live.exec");
  };
  check(live.interval != standard.interval, "live.interval");
  check(live.timeout != standard.timeout, "live.timeout");
  check(live.rise != standard.rise, "live.rise");
  check(live.fall != standard.fall, "live.fall");
}

void check_place(const Settings& settings, const Report& report) {
  const bool no_http = settings.no_proxy || settings.tcp;
  const std::string why = settings.no_proxy ? "asks where the command listens, which nobody knows with no_proxy; use exec, log or notify"
                                            : "asks by HTTP, but with tcp the command speaks another protocol; leave it out";
  if (no_http && !settings.ready.http.empty()) report("ready.http", why);
  if (no_http && !settings.live.http.empty()) report("live.http", why);
  if (settings.no_proxy && settings.live.tcp) report("live.tcp", why);
}

// clang-format off
const std::vector<Option>& table() {
  constexpr std::string_view kReadiness = "Readiness";
  constexpr std::string_view kLiveness = "Liveness";
  static const std::vector<Option> options = {
    {.name = "ready.http", .type = ValueType::path, .placeholder = "PATH", .group = kReadiness,
     .default_note = "a TCP connection is enough; without a proxy, that it runs",
     .help = "Ready when GET of this path is answered by a status of ready.status", .example = "/healthz",
     .set = set_with<parse_path, &S::ready, &R::http>, .print = print_field<&S::ready, &R::http>},
    {.name = "ready.status", .type = ValueType::text, .placeholder = "RANGE", .group = kReadiness, .repeatable = true,
     .default_note = "200-399",
     .help = "Answers to ready.http that mean ready: a status or a range", .example = "200-299",
     .set = [](Settings& settings, std::string_view text) { return add_status(text, settings.ready.status); },
     .clear = clear_field<&S::ready, &R::status>, .print = print_status<&S::ready, &R::status>},
    {.name = "ready.exec", .type = ValueType::words, .placeholder = "ARGUMENT", .group = kReadiness, .repeatable = true,
     .help = "Ready when this program and its arguments, run as the command's user and with its variables, end with 0", .example = "pg_isready",
     .set = add_word<&S::ready, &R::exec>, .clear = clear_field<&S::ready, &R::exec>, .print = print_field<&S::ready, &R::exec>},
    {.name = "ready.log", .type = ValueType::text, .placeholder = "REGEX", .group = kReadiness,
     .help = "Ready when a line of the command's output, which then goes through lastcall, matches this POSIX extended regular expression",
     .example = "listening on",
     .set = set_with<parse_expression, &S::ready, &R::log>, .print = print_field<&S::ready, &R::log>},
    {.name = "ready.notify", .type = ValueType::boolean, .group = kReadiness, .default_text = "false",
     .help = "Ready when the command says so: READY=1 to its NOTIFY_SOCKET, as sd_notify(3) does, or POST /v1/ready", .example = "true",
     .set = set_field<&S::ready, &R::notify>, .print = print_field<&S::ready, &R::notify>},
    {.name = "ready.timeout", .type = ValueType::duration, .placeholder = "TIME", .group = kReadiness, .default_text = "1m",
     .help = "A command that is not ready by then is stopped: exit 124", .example = "30s",
     .set = set_with<parse_limit, &S::ready, &R::timeout>, .print = print_field<&S::ready, &R::timeout>},

    {.name = "live.http", .type = ValueType::path, .placeholder = "PATH", .group = kLiveness,
     .help = "Alive while GET of this path is answered by a status of live.status; else restart.policy decides", .example = "/livez",
     .set = set_with<parse_path, &S::live, &L::http>, .print = print_field<&S::live, &L::http>},
    {.name = "live.status", .type = ValueType::text, .placeholder = "RANGE", .group = kLiveness, .repeatable = true,
     .default_note = "200-399",
     .help = "Answers to live.http that mean alive: a status or a range", .example = "200-499",
     .set = [](Settings& settings, std::string_view text) { return add_status(text, settings.live.status); },
     .clear = clear_field<&S::live, &L::status>, .print = print_status<&S::live, &L::status>},
    {.name = "live.tcp", .type = ValueType::boolean, .group = kLiveness, .default_text = "false",
     .help = "Alive while it takes TCP connections", .example = "true",
     .set = set_field<&S::live, &L::tcp>, .print = print_field<&S::live, &L::tcp>},
    {.name = "live.exec", .type = ValueType::words, .placeholder = "ARGUMENT", .group = kLiveness, .repeatable = true,
     .help = "Alive while this program and its arguments, run as the command's user and with its variables, end with 0", .example = "check",
     .set = add_word<&S::live, &L::exec>, .clear = clear_field<&S::live, &L::exec>, .print = print_field<&S::live, &L::exec>},
    {.name = "live.interval", .type = ValueType::duration, .placeholder = "TIME", .group = kLiveness, .default_text = "10s",
     .help = "From one question to the next, the first so long after readiness; never two at once", .example = "5s",
     .set = set_with<parse_period, &S::live, &L::interval>, .print = print_field<&S::live, &L::interval>},
    {.name = "live.timeout", .type = ValueType::duration, .placeholder = "TIME", .group = kLiveness, .default_text = "5s",
     .help = "No answer by then is a bad answer", .example = "1s",
     .set = set_with<parse_period, &S::live, &L::timeout>, .print = print_field<&S::live, &L::timeout>},
    {.name = "live.rise", .type = ValueType::number, .placeholder = "N", .group = kLiveness, .default_text = "1",
     .help = "So many good answers in a row make the bad ones before forgotten", .example = "2",
     .set = set_with<parse_count, &S::live, &L::rise>, .print = print_field<&S::live, &L::rise>},
    {.name = "live.fall", .type = ValueType::number, .placeholder = "N", .group = kLiveness, .default_text = "3",
     .help = "So many bad answers, and the command counts as no longer alive", .example = "5",
     .set = set_with<parse_count, &S::live, &L::fall>, .print = print_field<&S::live, &L::fall>},
    {.name = "live.watchdog", .type = ValueType::duration, .placeholder = "TIME", .group = kLiveness,
     .help = "Alive while the command says WATCHDOG=1 to its NOTIFY_SOCKET at least so often; it is told by WATCHDOG_USEC", .example = "30s",
     .set = set_with<parse_watchdog, &S::live, &L::watchdog>, .print = print_field<&S::live, &L::watchdog>},
  };
  return options;
}
// clang-format on

}  // namespace

std::span<const Option> health_options() { return table(); }

bool accepts(const std::vector<StatusRange>& ranges, int status) {
  if (ranges.empty()) return status >= StatusRange{}.from && status <= StatusRange{}.to;
  for (const StatusRange& range : ranges)
    if (status >= range.from && status <= range.to) return true;
  return false;
}

void check_health(const Settings& settings, const Report& report) {
  const R& ready = settings.ready;
  const L& live = settings.live;
  check_one_kind(ready_kinds(ready), "readiness has one sign", report);
  check_one_kind(live_kinds(live), "one question is asked", report);
  if (!ready.status.empty() && ready.http.empty()) report("ready.status", "is about the answers to ready.http, which is not set");
  if (!live.status.empty() && live.http.empty()) report("live.status", "is about the answers to live.http, which is not set");
  check_without_question(live, report);
  check_place(settings, report);
  if (settings.child.env.systemd && (ready.notify || live.watchdog))
    report("env.systemd", fmt::format("hands on our manager's NOTIFY_SOCKET, but {} gives the command one of our own; leave one of the two out",
                                      ready.notify ? "ready.notify" : "live.watchdog"));
}

}  // namespace lastcall::config
