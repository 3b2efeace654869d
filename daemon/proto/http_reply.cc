#include "proto/http_reply.h"

namespace lastcall::proto {

namespace {

std::string_view page_type(std::string_view page) {
  const auto first = page.find_first_not_of(" \t\r\n");
  const bool html = first != std::string_view::npos && page[first] == '<';
  return html ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
}

}  // namespace

std::string_view reason_phrase(std::uint16_t status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 508: return "Loop Detected";
    default: return "";
  }
}

std::string make_reply(std::uint16_t status, std::string_view why, bool head_only, std::string_view page) {
  const std::string number = std::to_string(status);
  std::string own;
  if (page.empty()) {
    own.append(number).append(" ").append(reason_phrase(status));
    if (!why.empty()) own.append(": ").append(why);
    own.append("\n");
  }
  const std::string_view body = page.empty() ? std::string_view(own) : page;

  std::string reply = "HTTP/1.1 ";
  reply.reserve(256 + body.size());
  reply.append(number).append(" ").append(reason_phrase(status)).append("\r\n");
  reply.append("Content-Type: ").append(page.empty() ? "text/plain" : page_type(page));
  reply.append("\r\nContent-Length: ").append(std::to_string(body.size()));
  reply.append("\r\nCache-Control: no-store\r\n");
  if (status == 503) reply.append("Retry-After: 1\r\n");  // seconds: by then a load balancer has another place for it (G54)
  // RFC 9110 section 15.5.6 demands it; to OPTIONS it is the answer.
  if (status == 405 || status == 200) reply.append("Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n");
  reply.append("Connection: close\r\n\r\n");
  if (!head_only) reply.append(body);
  return reply;
}

}  // namespace lastcall::proto
