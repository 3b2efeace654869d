#include "proto/http1_response.h"

#include "proto/body_reader.h"
#include "proto/field_lines.h"
#include "proto/framing_reference.h"
#include "proto/head_scanner.h"
#include "proto/http_syntax.h"
#include "proto/response_fields.h"

namespace lastcall::proto {
namespace {

void clear(ResponseHead& head) {
  auto fields = std::move(head.fields);
  fields.clear();
  head = ResponseHead{};
  head.fields = std::move(fields);
}

HttpLimits without_body_limit(HttpLimits limits) {
  limits.body = UINT64_MAX;
  return limits;
}

// "HTTP/1.1 200 OK"; the reason, and with it the space before it, may be missing (RFC 9112 section 4 asks only senders for it).
Fault parse_status_line(std::string_view line, ResponseHead& head) {
  const bool shaped = line.size() >= 12 && line.starts_with("HTTP/1.") && (line[7] == '0' || line[7] == '1') && line[8] == ' ' &&
                      line[9] >= '1' && line[9] <= '9' && is_digit(line[10]) && is_digit(line[11]);
  if (!shaped || (line.size() > 12 && line[12] != ' ')) return {502, "malformed status line"};
  head.minor = static_cast<std::uint8_t>(line[7] - '0');
  head.status = static_cast<std::uint16_t>((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
  if (line.size() > 13) head.reason = line.substr(13);
  return kNoFault;
}

}  // namespace

struct ResponseParser::State {
  explicit State(const HttpLimits& limits)
      : scanner(HeadScanner::Kind::response, limits), reference(FramingReference::Kind::response), body(without_body_limit(limits)) {}
  HeadScanner scanner;
  FramingReference reference;
  BodyReader body;
  bool request_was_head = false;
  bool keep_trailers = false;
  bool head_done = false;         // a final head was read
  bool connection_spoiled = false;  // an informational response announced a body

  Fault judge(std::string_view data, ResponseHead& head) {
    clear(head);
    if (const Fault fault = parse_status_line(scanner.start_line(data), head)) return fault;
    if (const Fault fault = split_fields(data, scanner.fields_begin(), scanner.field_ends(), head.fields)) return fault;
    FramingFields framing;
    if (const Fault fault = judge_response_fields(head, request_was_head, framing)) return fault;
    return reference.confirm(head.fields, framing);
  }
};

ResponseParser::ResponseParser(const HttpLimits& limits) : state_(std::make_unique<State>(limits)) {}
ResponseParser::~ResponseParser() = default;

void ResponseParser::reset(bool request_was_head, bool keep_trailers) {
  state_->scanner.reset();
  state_->body.begin(Framing::none, 0);
  state_->request_was_head = request_was_head;
  state_->keep_trailers = keep_trailers;
  state_->head_done = state_->connection_spoiled = false;
}

HeadStep ResponseParser::parse_head(std::string_view data, ResponseHead& head) {
  State& state = *state_;
  HeadStep step;
  auto fault = state.scanner.scan(data);
  if (!fault && state.scanner.done()) {
    fault = state.judge(data, head);
    step.what = HeadStep::What::done;
    step.consumed = state.scanner.end();
  }
  if (fault) return {HeadStep::What::invalid, 0, 502, fault.why};
  if (step.what == HeadStep::What::need_more) return step;
  if (state.connection_spoiled) head.keep_alive = false;
  if (head.informational) {
    state.connection_spoiled = !head.keep_alive;
  } else {
    state.head_done = true;
    state.body.begin(head.framing, head.content_length, state.keep_trailers);
  }
  state.scanner.reset();
  return step;
}

BodyStep ResponseParser::parse_body(std::string_view data, std::vector<std::string_view>& slices) {
  return state_->body.read(data, slices);
}

BodyStep ResponseParser::finish() {
  if (state_->head_done) return state_->body.finish();
  BodyStep step;
  step.invalid = true;
  step.why = "closed before the head was complete";
  return step;
}

}  // namespace lastcall::proto
