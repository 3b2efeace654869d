// The access log of a worker: a line for each request at its end, and for each connection of --tcp (docs/operations.md). Lines are gathered
// and written together, at the latest 200 ms after they came, and at the worker's end; nothing here waits, and what neither fits the
// buffer nor the reader takes is dropped and counted. Exists only where the log is on: off, a request costs one test of a pointer.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "config/settings.h"
#include "io/callback_timer.h"
#include "os/shared_output.h"
#include "proto/access_line.h"
#include "proto/counters_page.h"
#include "proxy/upstream_pool.h"

namespace lastcall::proxy {

// What is known of a request or connection so far. Owned by its session; recycled, so that a steady request allocates nothing.
struct AccessEntry {
  std::string request, referer, user_agent, id;
  TimePoint began{}, asked = kNever, connected = kNever, first_byte = kNever;  // asked: for a connection to the child
  std::uint64_t sent_before = 0;  // by the client's stream
  std::uint64_t in_flight = 0;
  std::optional<std::uint64_t> received;
  std::optional<std::uint32_t> instance;
  std::uint16_t status = 0;
  bool connecting = false;
  std::optional<proto::AccessOutcome> outcome;

  // The first reason is the reason.
  void note(proto::AccessOutcome reason) { if (!outcome) outcome = reason; }
  void asks(TimePoint now, const UpstreamConnection& upstream);
  void connects(TimePoint now) {
    if (std::exchange(connecting, false)) connected = now;
  }
  void refused(std::uint16_t status_);
  void hears(TimePoint now) { if (first_byte == kNever) first_byte = now; }
};

class AccessLog {
 public:
  AccessLog(io::Loop& loop, proto::CountersPage& counters, config::AccessLogFormat format, UniqueFd file);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  std::unique_ptr<AccessEntry> begin(TimePoint began);
  // What was logged so far goes to the file before, as far as that takes it; all else to this one.
  void reopen(UniqueFd file);
  // `sent`: by the client's stream so far.
  void end(std::unique_ptr<AccessEntry> entry, std::string_view client, std::uint64_t sent, std::string_view phase);

 private:
  static constexpr std::size_t kFlushAt = 16 * 1024;
  static constexpr std::size_t kMaxBuffered = 64 * 1024;  // while nobody reads
  static constexpr std::size_t kMaxSpare = 64;

  void flush();
  void drop(std::uint64_t lines);
  void complain(bool last);

  io::Loop& loop_;
  proto::CountersPage& counters_;
  const config::AccessLogFormat format_;
  UniqueFd file_;
  os::SharedOutput output_;
  io::CallbackTimer timer_;
  std::string buffer_;
  std::vector<std::unique_ptr<AccessEntry>> spare_;
  bool stuck_ = false;  // the last attempt left something: the next one is the timer's
  std::uint64_t dropped_untold_ = 0;
  TimePoint next_complaint_{};
};

}  // namespace lastcall::proxy
