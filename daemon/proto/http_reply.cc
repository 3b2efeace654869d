#include "proto/http_reply.h"

namespace lastcall::proto {

std::string_view reason_phrase(std::uint16_t status) {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "";
  }
}

std::string make_reply(std::uint16_t status, std::string_view why, bool head_only) {
  const std::string number = std::to_string(status);
  std::string body = number;
  body.append(" ").append(reason_phrase(status));
  if (!why.empty()) body.append(": ").append(why);
  body.append("\n");

  std::string reply = "HTTP/1.1 ";
  reply.reserve(256 + body.size());
  reply.append(number).append(" ").append(reason_phrase(status)).append("\r\n");
  reply.append("Content-Type: text/plain\r\nContent-Length: ").append(std::to_string(body.size()));
  reply.append("\r\nCache-Control: no-store\r\n");
  if (status == 503) reply.append("Retry-After: 1\r\n");  // seconds: by then a load balancer has another place for it (G54)
  if (status == 405) reply.append("Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n");  // RFC 9110 section 15.5.6 demands it
  reply.append("Connection: close\r\n\r\n");
  if (!head_only) reply.append(body);
  return reply;
}

}  // namespace lastcall::proto
