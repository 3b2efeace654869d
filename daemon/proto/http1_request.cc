#include "proto/http1_request.h"

#include "proto/body_reader.h"
#include "proto/field_lines.h"
#include "proto/framing_reference.h"
#include "proto/head_scanner.h"
#include "proto/request_fields.h"
#include "proto/request_line.h"

namespace lastcall::proto {
namespace {

// Everything but the vector's capacity, which makes the head a scratch.
void clear(RequestHead& head) {
  auto fields = std::move(head.fields);
  fields.clear();
  head = RequestHead{};
  head.fields = std::move(fields);
}

Fault judge(std::string_view data, const HeadScanner& scanner, FramingReference& reference, RequestHead& head) {
  clear(head);
  if (const Fault fault = parse_request_line(scanner.start_line(data), head)) return fault;
  if (const Fault fault = split_fields(data, scanner.fields_begin(), scanner.field_ends(), head.fields)) return fault;
  FramingFields framing;
  if (const Fault fault = judge_request_fields(head, framing)) return fault;
  return reference.confirm(head.fields, framing);
}

}  // namespace

struct RequestParser::State {
  explicit State(const HttpLimits& limits)
      : scanner(HeadScanner::Kind::request, limits), reference(FramingReference::Kind::request), body(limits), body_limit(limits.body) {}
  HeadScanner scanner;
  FramingReference reference;
  BodyReader body;
  const std::uint64_t body_limit;
};

RequestParser::RequestParser(const HttpLimits& limits) : state_(std::make_unique<State>(limits)) {}
RequestParser::~RequestParser() = default;

void RequestParser::reset() {
  state_->scanner.reset();
  state_->body.begin(Framing::none, 0);
}

HeadStep RequestParser::parse_head(std::string_view data, RequestHead& head) {
  HeadStep step;
  auto fault = state_->scanner.scan(data);
  if (!fault && state_->scanner.done()) {
    fault = judge(data, state_->scanner, state_->reference, head);
    if (!fault && head.content_length > state_->body_limit) fault = {413, "request body too large"};
    step.what = HeadStep::What::done;
    step.consumed = state_->scanner.end();
  }
  if (fault) {
    step = {HeadStep::What::invalid, 0, fault.status, fault.why};
  } else if (step.what == HeadStep::What::done) {
    state_->body.begin(head.framing, head.content_length);
    state_->scanner.reset();
  }
  return step;
}

bool RequestParser::head_begun(std::string_view data) const { return data.find_first_not_of("\r\n") != std::string_view::npos; }

BodyStep RequestParser::parse_body(std::string_view data, std::vector<std::string_view>& slices) {
  return state_->body.read(data, slices);
}

}  // namespace lastcall::proto
