#include "supervisor/output_relay.h"

#include <algorithm>

#include "base/log.h"
#include "os/log_writer.h"
#include "supervisor/instance_output.h"

namespace lastcall::supervisor {
namespace {

constexpr std::array<const char*, 2> kNames{"standard output", "standard error"};

}  // namespace

OutputRelay::OutputRelay(io::Loop& loop, OutputOptions options, std::function<void()> on_settled)
    : loop_(loop),
      options_(std::move(options)),
      on_settled_(std::move(on_settled)),
      buffer_(std::make_unique<std::array<char, 64 * 1024>>()) {
  const auto [out, err] = options_.descriptors;
  const auto make = [&](os::SharedOutput& output) {
    return std::make_unique<OutputSink>(loop_, output, options_.before_write, [this] { on_room(); });
  };
  if (!os::same_file(out, err)) {
    standard_output_ = std::make_unique<os::SharedOutput>(out);
    sinks_.push_back(make(*standard_output_));
  }
  // Where our own log goes there as well: one object, so that a line of the one never lands in a line of the other.
  if (err != os::log_descriptor()) standard_error_ = std::make_unique<os::SharedOutput>(err);
  sinks_.push_back(make(standard_error_ ? *standard_error_ : os::log_output()));
}

OutputSink& OutputRelay::sink(OutputStream stream) {
  return stream == OutputStream::standard_output ? *sinks_.front() : *sinks_.back();
}

void OutputRelay::service_ends(Duration patience) {
  for (const auto& sink : sinks_) sink->set_patience(patience);
}

void OutputRelay::finish() {
  finishing_ = true;
  for (InstanceOutput* instance : instances_) instance->ended();
  for (const auto& sink : sinks_) sink->flush();
}

bool OutputRelay::settled() const {
  return std::ranges::all_of(sinks_, [](const auto& sink) { return sink->settled(); });
}

void OutputRelay::give_up() {
  for (std::size_t index = 0; index < sinks_.size(); ++index) {
    OutputSink& sink = *sinks_[index];
    sink.give_up();
    if (sink.dropped_lines() > 0)
      log_warn("output_dropped")("from", kNames[sinks_.size() == 1 ? 1 : index])("lines", sink.dropped_lines())("bytes", sink.dropped_bytes())(
          "why", sink.gone() ? "its reader went away" : "its reader took nothing");
  }
}

void OutputRelay::on_room() {
  for (InstanceOutput* instance : instances_) instance->resume();
  if (finishing_ && settled()) on_settled_();
}

}  // namespace lastcall::supervisor
