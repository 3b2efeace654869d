#include "proto/access_line.h"

#include <array>

#include "base/utc_text.h"
#include "proto/text_append.h"

namespace lastcall::proto {
namespace {

constexpr std::string_view kCut = "...";
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// With leading zeros.
void append_digits(std::string& out, std::uint64_t number, unsigned digits) {
  std::array<char, 20> text;
  for (unsigned i = digits; i-- > 0; number /= 10) text[i] = static_cast<char>('0' + number % 10);
  out.append(text.data(), digits);
}

// "31/Jan/2026:12:34:56 +0000"
void append_apache_time(std::string& out, std::int64_t unix_ms) {
  const UtcTime utc = utc_time(unix_ms);
  append_digits(out, utc.day, 2);
  out.append("/").append(kMonths[utc.month - 1]).append("/");
  append_digits(out, static_cast<std::uint64_t>(utc.year), 4);
  for (const unsigned part : {utc.hour, utc.minute, utc.second}) {
    out.push_back(':');
    append_digits(out, part, 2);
  }
  out.append(" +0000");
}

constexpr bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

// `prefix` and two digits for every byte that is not plain; no escape is cut in two.
void append_escaped(std::string& out, std::string_view text, std::size_t limit, std::string_view prefix, std::string_view digits) {
  const std::size_t end = out.size() + limit;
  for (const char each : text) {
    const auto c = static_cast<unsigned char>(each);
    if (out.size() + (is_plain(c) ? 1 : prefix.size() + 2) > end) {
      out.append(kCut);
      return;
    }
    if (is_plain(c)) {
      out.push_back(each);
    } else {
      out.append(prefix);
      out.push_back(digits[c >> 4]);
      out.push_back(digits[c & 15]);
    }
  }
}

void append_quoted(std::string& out, std::string_view text, std::size_t limit) {
  out.append(" \"");
  append_escaped(out, text.empty() ? "-" : text, limit, "\\x", "0123456789ABCDEF");
  out.push_back('"');
}

void append_seconds(std::string& out, Duration time) {
  const auto us = static_cast<std::uint64_t>(std::max<Duration>(time, Duration::zero()) / microseconds(1));
  append_number(out, us / 1'000'000);
  out.push_back('.');
  append_digits(out, us % 1'000'000 / 1000, 3);
}

void append_seconds(std::string& out, const std::optional<Duration>& time) {
  if (time)
    append_seconds(out, *time);
  else
    out.push_back('-');
}

void append_key(std::string& out, std::string_view key) { out.append(",\"").append(key).append("\":"); }

void append_text(std::string& out, std::string_view key, std::string_view text, std::size_t limit) {
  append_key(out, key);
  if (text.empty()) {
    out.append("null");
    return;
  }
  out.push_back('"');
  append_escaped(out, text, limit, "\\u00", "0123456789abcdef");
  out.push_back('"');
}

void append_integer(std::string& out, std::string_view key, const std::optional<std::uint64_t>& number) {
  append_key(out, key);
  if (number)
    append_number(out, *number);
  else
    out.append("null");
}

void append_ms(std::string& out, std::string_view key, const std::optional<Duration>& time) {
  append_key(out, key);
  if (!time) {
    out.append("null");
    return;
  }
  const auto us = static_cast<std::uint64_t>(std::max<Duration>(*time, Duration::zero()) / microseconds(1));
  append_number(out, us / 1000);
  out.push_back('.');
  append_digits(out, us % 1000, 3);
}

}  // namespace

std::string_view to_string(AccessOutcome outcome) {
  switch (outcome) {
    case AccessOutcome::ok: return "ok";
    case AccessOutcome::client_gone: return "client_gone";
    case AccessOutcome::upstream_failed: return "upstream_failed";
    case AccessOutcome::refused: return "refused";
    case AccessOutcome::stream_ended: return "stream_ended";
    case AccessOutcome::dropped_at_deadline: return "dropped_at_deadline";
  }
  return "";
}

void append_combined(std::string& out, const AccessLine& line) {
  out.append(line.client).append(" - - [");
  append_apache_time(out, line.unix_ms);
  out.push_back(']');
  append_quoted(out, line.request, AccessLine::kMaxRequest);
  out.push_back(' ');
  append_digits(out, line.status, 3);
  out.push_back(' ');
  append_number(out, line.bytes_sent);
  append_quoted(out, line.referer, AccessLine::kMaxReferer);
  append_quoted(out, line.user_agent, AccessLine::kMaxUserAgent);
  out.append(" duration=");
  append_seconds(out, line.duration);
  out.append(" connect=");
  append_seconds(out, line.connect);
  out.append(" first_byte=");
  append_seconds(out, line.first_byte);
  out.append(" in_flight=");
  append_number(out, line.in_flight);
  out.append(" phase=").append(line.phase).append(" instance=");
  if (line.instance)
    append_number(out, *line.instance);
  else
    out.push_back('-');
  out.append(" id=");
  append_escaped(out, line.id.empty() ? "-" : line.id, AccessLine::kMaxId, "\\x", "0123456789ABCDEF");
  out.append(" outcome=").append(to_string(line.outcome)).append("\n");
}

void append_json(std::string& out, const AccessLine& line) {
  out.append("{\"time\":\"");
  append_utc(out, line.unix_ms);
  out.push_back('"');
  append_text(out, "client", line.client, AccessLine::kMaxId);
  append_text(out, "request", line.request, AccessLine::kMaxRequest);
  append_integer(out, "status", line.status == 0 ? std::nullopt : std::optional<std::uint64_t>(line.status));
  append_integer(out, "bytes_sent", line.bytes_sent);
  if (line.bytes_received) append_integer(out, "bytes_received", line.bytes_received);
  append_text(out, "referer", line.referer, AccessLine::kMaxReferer);
  append_text(out, "user_agent", line.user_agent, AccessLine::kMaxUserAgent);
  append_ms(out, "duration_ms", line.duration);
  append_ms(out, "connect_ms", line.connect);
  append_ms(out, "first_byte_ms", line.first_byte);
  append_integer(out, "in_flight", line.in_flight);
  append_text(out, "phase", line.phase, AccessLine::kMaxId);
  append_integer(out, "instance", line.instance);
  append_text(out, "id", line.id, AccessLine::kMaxId);
  append_text(out, "outcome", to_string(line.outcome), AccessLine::kMaxId);
  out.append("}\n");
}

}  // namespace lastcall::proto
