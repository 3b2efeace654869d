#include "rehearsal/ready_poll.h"

#include <utility>

namespace lastcall::rehearsal {
namespace {

constexpr Duration kPause = milliseconds(20);

}  // namespace

ReadyPoll::ReadyPoll(io::Loop& loop, io::Poller& poller, Address server, std::string path, bool must_succeed,
                     std::function<void()> on_ready)
    : path_(std::move(path)),
      must_succeed_(must_succeed),
      on_ready_(std::move(on_ready)),
      client_(poller, std::move(server), *this),
      again_(loop, [this] { client_.get(path_); }) {}

void ReadyPoll::on_reply(HttpClient& client, const Reply& reply) {
  const bool success = reply.status >= 200 && reply.status < 400;
  if (reply.what == ReplyKind::answered && (success || !must_succeed_)) {
    client.drop();  // a connection of ours must not be what the command waits for at its stop
    return on_ready_();
  }
  again_.arm_after(kPause);
}

}  // namespace lastcall::rehearsal
