#include "support/response_parser.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace lastcall::test {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool parse_number(std::string_view text, int base, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

std::size_t HttpResponse::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count(headers, name, &std::pair<std::string, std::string>::first));
}

std::size_t ResponseParser::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && state_ != State::done && error_.empty()) {
    started_ = true;
    if (state_ == State::sized || state_ == State::chunk_data || state_ == State::until_close) {
      std::size_t size = bytes.size() - used;
      if (state_ != State::until_close) size = static_cast<std::size_t>(std::min<std::uint64_t>(size, left_));
      response_.body.append(bytes.substr(used, size));
      used += size;
      if (state_ == State::until_close) continue;
      left_ -= size;
      if (left_ == 0) state_ = state_ == State::sized ? State::done : State::chunk_end;
      continue;
    }
    const char c = bytes[used++];
    if (c != '\n') {
      line_.push_back(c);
      continue;
    }
    if (line_.empty() || line_.back() != '\r') {
      error_ = "a line does not end in CRLF: " + line_;
      break;
    }
    line_.pop_back();
    const std::string line = std::move(line_);
    line_.clear();
    on_line(line);
  }
  return used;
}

void ResponseParser::on_line(std::string_view line) {
  switch (state_) {
    case State::head:
      if (!line.empty()) return on_head_line(line);
      return on_head_end();
    case State::chunk_size:
      if (!parse_number(line, 16, left_)) {
        error_ = "bad chunk size: " + std::string(line);
      } else {
        state_ = left_ == 0 ? State::trailer : State::chunk_data;
      }
      return;
    case State::chunk_end:
      if (!line.empty()) error_ = "chunk data runs on: " + std::string(line);
      state_ = State::chunk_size;
      return;
    case State::trailer:
      if (line.empty()) {
        state_ = State::done;
      } else {
        response_.trailers.emplace_back(line);
      }
      return;
    default:
      return;
  }
}

void ResponseParser::on_head_line(std::string_view line) {
  if (response_.status == 0) {
    std::uint64_t status = 0;
    if (line.rfind("HTTP/1.", 0) != 0 || line.size() < 12 || !parse_number(line.substr(9, 3), 10, status)) {
      error_ = "bad status line: " + std::string(line);
      return;
    }
    response_.status = static_cast<int>(status);
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    error_ = "bad header line: " + std::string(line);
    return;
  }
  response_.headers.emplace_back(lower(line.substr(0, colon)), std::string(trim(line.substr(colon + 1))));
}

void ResponseParser::on_head_end() {
  if (response_.status == 0) {
    error_ = "empty line before the status line";
    return;
  }
  if (response_.status / 100 == 1 && response_.status != 101) {
    response_.interim.push_back(response_.status);
    response_.status = 0;
    response_.headers.clear();
    return;
  }
  const bool chunked = lower(response_.header("transfer-encoding")) == "chunked";
  const std::string length = response_.header("content-length");
  if (chunked && !length.empty()) {
    error_ = "both Transfer-Encoding and Content-Length";
  } else if (head_request_ || response_.status == 101 || response_.status == 204 || response_.status == 304) {
    state_ = State::done;
  } else if (chunked) {
    state_ = State::chunk_size;
  } else if (length.empty()) {
    state_ = State::until_close;
  } else if (response_.count("content-length") > 1 || !parse_number(length, 10, left_)) {
    error_ = "bad Content-Length: " + length;
  } else {
    state_ = left_ == 0 ? State::done : State::sized;
  }
}

void ResponseParser::end_of_input() {
  if (state_ == State::until_close) state_ = State::done;
}

}  // namespace lastcall::test
