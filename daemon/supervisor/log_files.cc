#include "supervisor/log_files.h"

#include <cerrno>

#include "base/log.h"
#include "os/line_file.h"
#include "os/log_writer.h"

namespace lastcall::supervisor {
namespace {

constexpr const char* kStandardStream = "-";

// Of several files, once: the first thing that was in the way, else success.
struct Gathered {
  std::size_t missing;
  LogFiles::Answer answer;
  Status first{};
  void add(const Status& one) {
    if (first && !one) first = one;
    if (--missing == 0) answer(first);
  }
};

Status answered(bool all) {
  if (all) return {};
  return Error{ETIMEDOUT, "a proxy process did not answer: it may write to the file before for a while"};
}

}  // namespace

LogFiles::LogFiles(io::Loop& loop, const config::Settings& settings, WorkerProcesses& workers) : workers_(workers) {
  if (settings.log_file != kStandardStream)
    own_ = std::make_unique<RotatedFile>(loop, settings.log_file, [this] { reopen_moved(true); });
  if (settings.access_log != config::AccessLogFormat::off && settings.access_log_file != kStandardStream)
    access_ = std::make_unique<RotatedFile>(loop, settings.access_log_file, [this] { reopen_moved(false); });
}

void LogFiles::watch(int access_log) {
  if (own_) own_->watch(os::log_descriptor());
  if (access_ && access_log >= 0) access_->watch(access_log);
}

void LogFiles::reopen(Answer answer) {
  const std::size_t count = (own_ ? 1U : 0U) + (access_ ? 1U : 0U);
  if (count == 0) return answer(Error{ENOENT, "nothing is written to a file: neither log.file nor access_log_file names one"});
  const auto gathered = std::make_shared<Gathered>(Gathered{.missing = count, .answer = std::move(answer)});
  const auto told = [gathered](bool all) { gathered->add(answered(all)); };
  if (own_)
    if (const Status opened = reopen_own(told); !opened) gathered->add(opened);
  if (access_)
    if (const Status opened = reopen_access(told); !opened) gathered->add(opened);
}

Status LogFiles::reopen_own(LogSwitch::Answer answer) {
  const UniqueFd file = TRY(os::open_line_file(own_->path()));
  os::reopen_log_writer(file.get());
  own_->watch(file.get());
  log_info("log_reopened")("file", own_->path());
  workers_.reopen_own_log(file.get(), std::move(answer));
  return {};
}

Status LogFiles::reopen_access(LogSwitch::Answer answer) {
  UniqueFd file = TRY(os::open_line_file(access_->path()));
  access_->watch(file.get());
  log_info("log_reopened")("file", access_->path());
  workers_.reopen_access_log(std::move(file), std::move(answer));
  return {};
}

void LogFiles::reopen_moved(bool own) {
  const Status opened = own ? reopen_own([](bool) {}) : reopen_access([](bool) {});
  if (!opened) log_warn("log_not_reopened")("file", (own ? own_ : access_)->path())("why", opened.error().message);
}

}  // namespace lastcall::supervisor
