#include "proto/request_line.h"

#include <algorithm>

#include "proto/http_syntax.h"

namespace lastcall::proto {
namespace {

Fault parse_version(std::string_view version, RequestHead& head) {
  constexpr std::string_view kName = "HTTP/";
  if (version == "HTTP/1.1" || version == "HTTP/1.0") {
    head.minor = static_cast<std::uint8_t>(version.back() - '0');
    return kNoFault;
  }
  const bool some_version =
      version.size() == 8 && version.starts_with(kName) && is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
  if (some_version) return {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};  // the HTTP/2 preface too
  return {400, "malformed request line"};
}

// "http://host:port/path?query": the authority replaces Host, the rest goes on in origin-form (RFC 9112 section 3.2.2, G83).
Fault parse_absolute_form(std::string_view target, RequestHead& head) {
  const auto colon = target.find("://");
  if (colon == std::string_view::npos) return {400, "malformed request target"};
  const auto scheme = target.substr(0, colon);
  if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https")) return {400, "unknown scheme in the target"};
  const auto rest = target.substr(colon + 3);
  const auto end = std::min(rest.find_first_of("/?"), rest.size());
  head.host = rest.substr(0, end);
  head.host_from_target = true;
  if (head.host.empty() || !is_host(head.host)) return {400, "malformed authority in the target"};
  head.target = rest.substr(end);
  if (head.target.empty()) head.target = head.method == "OPTIONS" ? "*" : "/";  // RFC 9112 section 3.2.4
  return kNoFault;
}

}  // namespace

Fault parse_request_line(std::string_view line, RequestHead& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return {400, "malformed request line"};
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  if (!is_token(head.method)) return {400, "malformed method"};
  if (head.target.empty() || !kTargetChars.has_all(head.target)) return {400, "malformed request target"};
  if (const Fault fault = parse_version(line.substr(last + 1), head)) return fault;

  head.is_head = head.method == "HEAD";
  head.idempotent = head.is_head || head.method == "GET" || head.method == "PUT" || head.method == "DELETE" || head.method == "OPTIONS";
  // Never for the child: a tunnel through it would escape every rule, and TRACE echoes what other hops added (G89).
  if (head.method == "CONNECT") return {501, "CONNECT is not offered"};
  if (head.method == "TRACE") return {405, "TRACE is not offered"};
  if (head.target.front() == '/') return kNoFault;
  if (head.target == "*") return head.method == "OPTIONS" ? kNoFault : Fault{400, "malformed request target"};
  return parse_absolute_form(head.target, head);
}

}  // namespace lastcall::proto
