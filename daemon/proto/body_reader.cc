#include "proto/body_reader.h"

#include <algorithm>

namespace lastcall::proto {

void BodyReader::begin(Framing framing, std::uint64_t length, bool keep_trailers) {
  framing_ = framing;
  left_ = length;
  complete_ = framing == Framing::none || (framing == Framing::length && length == 0);
  chunks_.reset(keep_trailers);
}

BodyStep BodyReader::read(std::string_view data, std::vector<std::string_view>& slices) {
  BodyStep step;
  if (complete_) {
    step.complete = true;
    return step;
  }
  if (framing_ == Framing::chunked) {
    step = chunks_.decode(data, slices);
    complete_ = step.complete;
    return step;
  }
  step.consumed = data.size();
  if (framing_ == Framing::length) {
    step.consumed = static_cast<std::size_t>(std::min<std::uint64_t>(left_, data.size()));
    left_ -= step.consumed;
    step.complete = complete_ = left_ == 0;
  }
  if (step.consumed > 0) slices.push_back(data.substr(0, step.consumed));
  return step;
}

BodyStep BodyReader::finish() {
  BodyStep step;
  if (framing_ == Framing::until_close) complete_ = true;
  step.complete = complete_;
  step.invalid = !complete_;
  if (step.invalid) step.why = "closed before the message was complete";
  return step;
}

}  // namespace lastcall::proto
