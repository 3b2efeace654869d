#include "proto/framing_reference.h"

#include <llhttp.h>

#include <cstring>

#include "base/result.h"

namespace lastcall::proto {
namespace {

constexpr Fault kDisagreement{400, "framing that two parsers read differently"};
constexpr FieldIdSet kFraming = FieldId::content_length | FieldId::transfer_encoding;

const llhttp_settings_t* settings() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t value;
    llhttp_settings_init(&value);
    value.on_headers_complete = [](llhttp_t*) -> int { return HPE_PAUSED; };  // the body is BodyReader's
    return value;
  }();
  return &kSettings;
}

}  // namespace

struct FramingReference::State {
  llhttp_t after_start_line;  // copied for each message: llhttp's state is a plain struct
  llhttp_t parser;
};

// The start line is ours to judge: llhttp 8.1 knows neither every method nor the right status for each mistake. It sees a fixed one.
FramingReference::FramingReference(Kind kind) : state_(std::make_unique<State>()) {
  const bool request = kind == Kind::request;
  llhttp_init(&state_->after_start_line, request ? HTTP_REQUEST : HTTP_RESPONSE, settings());
  const char* line = request ? "GET / HTTP/1.1\r\n" : "HTTP/1.1 200 OK\r\n";
  if (llhttp_execute(&state_->after_start_line, line, std::strlen(line)) != HPE_OK) panic("llhttp refuses our start line");
}

FramingReference::~FramingReference() = default;

Fault FramingReference::confirm(const std::vector<Field>& fields, const FramingFields& ours) {
  if (ours.lengths == 0 && ours.coding_lines == 0) return kNoFault;
  llhttp_t& parser = state_->parser;
  parser = state_->after_start_line;
  for (const Field& field : fields) {
    if (!contains(kFraming, field.id)) continue;
    if (llhttp_execute(&parser, field.line.data(), field.line.size()) != HPE_OK) return kDisagreement;
  }
  if (llhttp_execute(&parser, "\r\n", 2) != HPE_PAUSED) return kDisagreement;
  const bool chunked = (parser.flags & F_CHUNKED) != 0;
  if (chunked != ours.chunked || parser.content_length != ours.length) return kDisagreement;
  return kNoFault;
}

}  // namespace lastcall::proto
