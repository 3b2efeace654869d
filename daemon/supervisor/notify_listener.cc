#include "supervisor/notify_listener.h"

#include "base/log.h"
#include "os/process_tree.h"

namespace lastcall::supervisor {
namespace {

constexpr int kPerTurn = 16;  // the rest after everybody else had a turn
constexpr Duration kComplainEvery = seconds(10);

}  // namespace

NotifyListener::NotifyListener(io::Loop& loop, ProcessTable& processes, os::NotifySocket socket, Callback callback)
    : loop_(loop), processes_(processes), socket_(std::move(socket)), callback_(std::move(callback)), watch_(loop, socket_.fd(), [this](int) {
        read_pending();
      }) {
  watch_.start(io::FdWatch::readable);
}

void NotifyListener::expect(int main_pid) {
  main_pid_ = 0;
  if (main_pid == 0) read_pending();  // and throws away; what a child said between its start and this call is kept
  main_pid_ = main_pid;
  complain_at_ = {};
}

void NotifyListener::read_pending() {
  for (int i = 0; i < kPerTurn; ++i) {
    const auto notification = socket_.receive();
    if (!notification) return;
    if (main_pid_ == 0 || !hear(*notification)) continue;
    if (const auto message = proto::parse_notify_message(notification->text)) callback_(*message);
  }
}

bool NotifyListener::hear(const os::Notification& from) {
  if (from.cut) return refuse(from, "a message of more than 4 KiB"), false;
  if (from.pid == main_pid_) return true;
  if (os::is_below_us(from.pid, processes_.not_the_childs())) return true;
  if (from.pid != 0 && !os::read_process(from.pid))
    return refuse(from, "its sender is gone, so nobody knows who it was; the main process may say it, or systemd-notify, which waits"), false;
  return refuse(from, "its sender is not the command, nor was it started by it"), false;
}

void NotifyListener::refuse(const os::Notification& from, const char* why) {
  if (loop_.now() < complain_at_) return;
  complain_at_ = after(loop_.now(), kComplainEvery);
  log_warn("notification_refused")("sender_pid", from.pid)("sender_uid", from.uid)("why", why);
}

}  // namespace lastcall::supervisor
