#include "control/router.h"

#include <optional>

#include <fmt/format.h>

#include "base/log.h"

namespace lastcall::control {
namespace {

constexpr std::size_t kQuoted = 80;  // of what a peer sent, in an answer or in the log

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    result += escape ? static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return result;
}

// What {name} stands for; an empty text where the pattern has none. Nothing: no match.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  const std::size_t open = pattern.find('{');
  if (open == pattern.npos) return pattern == path ? std::optional(std::string_view()) : std::nullopt;
  const std::string_view before = pattern.substr(0, open), after = pattern.substr(pattern.find('}') + 1);
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after)) return std::nullopt;
  const std::string_view segment = path.substr(before.size(), path.size() - before.size() - after.size());
  return segment.find('/') == segment.npos ? std::optional(segment) : std::nullopt;
}

// curl -d says the second without being asked.
bool readable(const HttpRequest& request) {
  return request.body.empty() || request.content_type.empty() || request.content_type == "application/json" ||
         request.content_type == "application/x-www-form-urlencoded";
}

void log_refusal(const HttpRequest& request, Authority least) {
  log_warn("control_refused")("method", request.method)("path", request.path.substr(0, kQuoted))("peer_pid", request.peer.pid)(
      "peer_uid", request.peer.uid)("is", to_string(request.peer.authority))("needs", to_string(least));
}

}  // namespace

std::string Router::allowed(std::string_view path) const {
  std::string methods;
  for (const Route& route : routes_) {
    if (!match(route.path, path)) continue;
    methods += fmt::format("{}{}{}", methods.empty() ? "" : ", ", route.method, route.method == "GET" ? ", HEAD" : "");
  }
  return methods;
}

void Router::dispatch(HttpRequest request, Reply reply) const {
  for (const Route& route : routes_) {
    const auto segment = match(route.path, request.path);
    if (!segment || route.method != request.method) continue;
    if (request.peer.authority < route.least) {
      log_refusal(request, route.least);
      return reply.send(error_response(403, fmt::format("uid {} is the {} here; this needs the {}", request.peer.uid,
                                                        to_string(request.peer.authority), to_string(route.least))));
    }
    if (!readable(request)) return reply.send(error_response(415, "the body must be application/json"));
    request.parameter = percent_decoded(*segment);
    return route.handler(request, reply);
  }
  const std::string quoted = request.path.substr(0, kQuoted);
  const std::string methods = allowed(request.path);
  if (methods.empty()) return reply.send(error_response(404, fmt::format("there is no {}; {}", quoted, hint_)));
  HttpResponse response = error_response(405, fmt::format("{} takes {}", quoted, methods));
  response.headers.emplace_back("Allow", methods);
  reply.send(response);
}

}  // namespace lastcall::control
