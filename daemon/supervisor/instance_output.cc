#include "supervisor/instance_output.h"

#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "base/utc_text.h"
#include "os/clock.h"

namespace lastcall::supervisor {
namespace {

// A pipe holds 64 KiB by default, as the buffer does; a survivor that goes on writing must not keep us.
constexpr int kLastReads = 4;

constexpr std::array<int, 6> kColors{36, 33, 32, 35, 34, 31};  // cyan first, red last

const char* short_name(OutputStream stream) { return stream == OutputStream::standard_output ? "stdout" : "stderr"; }

}  // namespace

Result<std::unique_ptr<InstanceOutput>> InstanceOutput::open(OutputRelay& relay, Who who) {
  os::OutputPipe out = TRY(os::OutputPipe::open(who.owner));
  os::OutputPipe err = TRY(os::OutputPipe::open(who.owner));
  return std::unique_ptr<InstanceOutput>(new InstanceOutput(relay, std::move(who), std::move(out), std::move(err)));
}

InstanceOutput::InstanceOutput(OutputRelay& relay, Who who, os::OutputPipe out, os::OutputPipe err)
    : relay_(relay),
      who_(std::move(who)),
      streams_{Stream{OutputStream::standard_output, std::move(out)}, Stream{OutputStream::standard_error, std::move(err)}} {
  // It may be a file's name, which may hold anything; a terminal shall not obey it.
  std::ranges::replace_if(who_.name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  for (Stream& stream : streams_) {
    stream.watch = std::make_unique<io::FdWatch>(relay_.loop(), stream.pipe.reading.get(), [this, &stream](int) { on_readable(stream); });
    stream.watch->start(io::FdWatch::readable);
  }
  relay_.instances_.push_back(this);
}

InstanceOutput::~InstanceOutput() { std::erase(relay_.instances_, this); }

std::vector<std::pair<int, int>> InstanceOutput::descriptors() const {
  return {{streams_[0].pipe.writing.get(), STDOUT_FILENO}, {streams_[1].pipe.writing.get(), STDERR_FILENO}};
}

void InstanceOutput::on_readable(Stream& stream) {
  OutputSink& sink = relay_.sink(stream.which);
  if (!sink.has_room()) return stream.watch->stop();  // the child waits, as it would for the reader itself
  take(stream);
  sink.flush();
  close_if_gone(stream);
}

void InstanceOutput::resume() {
  for (Stream& stream : streams_)
    if (stream.watch && relay_.sink(stream.which).has_room()) stream.watch->start(io::FdWatch::readable);
}

void InstanceOutput::ended() {
  for (Stream& stream : streams_) {
    for (int i = 0; i < kLastReads && stream.pipe.reading && take(stream); ++i) {
    }
    stream.splitter.finish([&](std::string_view text, proto::LineEnd end) { write(stream, {text, end}, utc_text(os::unix_time_ms())); });
    relay_.sink(stream.which).flush();
    close_if_gone(stream);
  }
}

// One buffer full; false: nothing was there.
bool InstanceOutput::take(Stream& stream) {
  const std::span<char> buffer = relay_.buffer();
  const ssize_t size = ::read(stream.pipe.reading.get(), buffer.data(), buffer.size());
  if (size <= 0) return false;
  const std::string time = relay_.mode() == config::OutputMode::json ? utc_text(os::unix_time_ms()) : "";
  stream.splitter.feed({buffer.data(), static_cast<std::size_t>(size)},
                       [&](std::string_view text, proto::LineEnd end) { write(stream, {text, end}, time); });
  return true;
}

void InstanceOutput::write(Stream& stream, const proto::OutputLine& line, std::string_view time) {
  if (observer_ != nullptr) observer_->on_output_line(stream.which, line.text);
  line_.clear();
  switch (relay_.mode()) {
    case config::OutputMode::pass: proto::append_plain(line_, line); break;
    case config::OutputMode::prefix: {
      const int color = relay_.color(stream.which) ? kColors[static_cast<std::size_t>(who_.number) % kColors.size()] : 0;
      proto::append_prefixed(line_, {who_.name, color, stream.continued}, line);
      break;
    }
    case config::OutputMode::json: proto::append_json_line(line_, {time, short_name(stream.which), pid_, who_.instance}, line); break;
  }
  stream.continued = line.end == proto::LineEnd::cut;
  relay_.sink(stream.which).add(line_);
}

// The child shall learn it as it would without us: its next write fails with EPIPE. The writing end stays, for the next child's 1 and 2.
void InstanceOutput::close_if_gone(Stream& stream) {
  if (!relay_.sink(stream.which).gone() || !stream.pipe.reading) return;
  stream.watch.reset();
  stream.pipe.reading.reset();
  log_warn("output_reader_gone")("instance", who_.instance)("stream", short_name(stream.which));
}

}  // namespace lastcall::supervisor
