#include "message_events.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "proto/http1_response.h"

namespace lastcall::proto {
namespace {

// What a worker keeps of a connection: bytes that were received and not yet consumed, at a new place after each arrival.
class Received {
 public:
  void append(std::string_view piece) {
    auto larger = std::make_unique<char[]>(size_ + piece.size());
    std::copy_n(bytes_.get(), size_, larger.get());
    std::copy_n(piece.data(), piece.size(), larger.get() + size_);
    bytes_ = std::move(larger);
    size_ += piece.size();
  }
  void consume(std::size_t size) {
    const auto rest = std::string(view().substr(size));
    bytes_.reset();
    size_ = 0;
    append(rest);
  }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

std::string framing_text(Framing framing, std::uint64_t length) {
  switch (framing) {
    case Framing::none: return "none";
    case Framing::length: return "length " + std::to_string(length);
    case Framing::chunked: return "chunked";
    case Framing::until_close: return "until_close";
  }
  return "?";
}

std::string fields_text(const std::vector<Field>& fields) {
  std::string text;
  for (const Field& field : fields) {
    text.append(" {").append(field.name).append("=").append(field.value).append(field.hop_by_hop ? "|hop}" : "}");
  }
  return text;
}

std::string flag(bool value, std::string_view name) { return value ? " " + std::string(name) : ""; }

// One direction of one connection: parses as far as the received bytes reach.
template <class Parser, class Head>
class Reader {
 public:
  Reader(Parser& parser, bool pipelined) : parser_(parser), pipelined_(pipelined) {}

  void receive(std::string_view piece) {
    if (ended_) {
      extra_ += piece.size();
      return;
    }
    received_.append(piece);
    while (!ended_ && (in_body_ ? step_body() : step_head())) {
    }
  }

  std::string events;
  bool ended() const { return ended_; }
  bool invalid() const { return invalid_; }
  bool in_body() const { return in_body_; }
  std::size_t left_over() const { return received_.view().size() + extra_; }

  void take(const BodyStep& step) {
    if (step.complete) events.append("body [").append(payload_).append("]\n");
    if (step.complete && !step.trailers.empty()) events.append("trailers [").append(step.trailers).append("]\n");
    if (step.complete) events.append("complete\n");
    if (step.invalid) fail(step.status, step.why);
  }

 private:
  bool step_head() {
    const HeadStep step = parser_.parse_head(received_.view(), head_);
    if (step.what == HeadStep::What::need_more) return false;
    if (step.what == HeadStep::What::invalid) {
      fail(step.status, step.why);
      return false;
    }
    events.append(describe(head_)).append("\n");
    received_.consume(step.consumed);
    bool more_heads = false;
    if constexpr (requires { head_.informational; }) more_heads = head_.informational;
    in_body_ = !more_heads;
    payload_.clear();
    return true;
  }

  bool step_body() {
    slices_.clear();
    const BodyStep step = parser_.parse_body(received_.view(), slices_);
    for (const auto slice : slices_) payload_.append(slice);
    take(step);
    if (step.invalid) return false;
    received_.consume(step.consumed);
    if (!step.complete) return false;
    in_body_ = false;
    if (!pipelined_) {
      ended_ = true;
    } else if constexpr (requires { parser_.reset(); }) {
      parser_.reset();
    }
    return true;
  }

  void fail(std::uint16_t status, std::string_view why) {
    // What a body brought before it broke depends on the split only in how far it was read: it is not an event.
    events.append("invalid ").append(std::to_string(status)).append(" ").append(why).append("\n");
    ended_ = invalid_ = true;
  }

  Parser& parser_;
  const bool pipelined_;
  Received received_;
  Head head_;
  std::vector<std::string_view> slices_;
  std::string payload_;
  std::size_t extra_ = 0;
  bool in_body_ = false;
  bool ended_ = false;
  bool invalid_ = false;
};

template <class Reader>
void feed(Reader& reader, std::string_view bytes, const NextPiece& next) {
  while (!bytes.empty()) {
    const std::size_t size = std::clamp<std::size_t>(next(bytes.size()), 1, bytes.size());
    reader.receive(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
}

}  // namespace

std::string describe(const RequestHead& head) {
  std::string text = "request " + std::string(head.method) + " " + std::string(head.target) + " 1." + std::to_string(head.minor);
  text.append(" host=").append(head.host).append(" upgrade=").append(head.upgrade);
  text.append(" ").append(framing_text(head.framing, head.content_length));
  text += flag(head.keep_alive, "keep_alive") + flag(head.expect_continue, "expect") + flag(head.is_head, "head") +
          flag(head.idempotent, "idempotent") + flag(head.te_trailers, "te_trailers");
  return text + fields_text(head.fields);
}

std::string describe(const ResponseHead& head) {
  std::string text = "response " + std::to_string(head.status) + " (" + std::string(head.reason) + ") 1." + std::to_string(head.minor);
  text.append(" upgrade=").append(head.upgrade).append(" ").append(framing_text(head.framing, head.content_length));
  text += flag(head.keep_alive, "keep_alive") + flag(head.informational, "informational") + flag(head.event_stream, "event_stream");
  if (head.keep_alive_timeout > 0) text += " timeout=" + std::to_string(head.keep_alive_timeout);
  return text + fields_text(head.fields);
}

NextPiece all_at_once() {
  return [](std::size_t left) { return left; };
}
NextPiece pieces_of(std::size_t size) {
  return [size](std::size_t) { return size; };
}
NextPiece split_at(std::size_t position) {
  return [first = true, position](std::size_t left) mutable { return std::exchange(first, false) ? position : left; };
}
NextPiece pseudo_random_pieces(std::uint32_t seed) {
  return [state = seed * 2654435761U + 1](std::size_t) mutable {
    state = state * 1664525U + 1013904223U;
    return std::size_t{1} + (state >> 16) % 17;
  };
}

std::string request_events(std::string_view bytes, const NextPiece& next, const HttpLimits& limits) {
  RequestParser parser(limits);
  Reader<RequestParser, RequestHead> reader(parser, true);
  feed(reader, bytes, next);
  // How much of a broken message is left unread is no event either.
  if (!reader.invalid()) reader.events.append("left ").append(std::to_string(reader.left_over())).append("\n");
  return reader.events;
}

std::string response_events(std::string_view bytes, const NextPiece& next, bool request_was_head, const HttpLimits& limits) {
  ResponseParser parser(limits);
  parser.reset(request_was_head, true);
  Reader<ResponseParser, ResponseHead> reader(parser, false);
  feed(reader, bytes, next);
  if (reader.invalid()) return reader.events;
  if (!reader.ended()) reader.take(parser.finish());
  if (!reader.invalid()) reader.events.append("left ").append(std::to_string(reader.left_over())).append("\n");
  return reader.events;
}

}  // namespace lastcall::proto
