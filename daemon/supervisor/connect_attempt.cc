#include "supervisor/connect_attempt.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "os/socket.h"

namespace lastcall::supervisor {
namespace {

// TCP can connect a socket to itself where the target lies in the ephemeral range and nobody listens there.
bool is_own_echo(int fd) {
  const auto here = os::local_address(fd);
  const auto there = os::peer_address(fd);
  return here && there && !here.value().is_unix() && here.value() == there.value();
}

}  // namespace

ConnectAttempt::ConnectAttempt(io::Loop& loop, const Address& target, Duration timeout, Callback callback)
    : loop_(loop), callback_(std::move(callback)), timeout_(loop, [this] { conclude("no answer"); }) {
  auto socket = os::connect_to(target);
  if (!socket) {
    refused_ = std::strerror(socket.error().code);
    loop.defer(*this);
    return;
  }
  socket_ = std::move(socket).value();
  watch_ = std::make_unique<io::FdWatch>(loop, socket_.get(), [this](int) { on_writable(); });
  watch_->start(io::FdWatch::writable);
  timeout_.arm_after(timeout);
}

void ConnectAttempt::on_deferred() { conclude(std::move(refused_)); }

void ConnectAttempt::on_writable() {
  const int error = os::connect_error(socket_.get());
  if (error != 0) return conclude(std::strerror(error));
  conclude(is_own_echo(socket_.get()) ? std::strerror(ECONNREFUSED) : "");
}

void ConnectAttempt::conclude(std::string error) {
  watch_.reset();
  timeout_.disarm();
  if (!error.empty()) socket_.reset();
  const Callback callback = std::move(callback_);  // it may destroy us
  callback(std::move(socket_), error);
}

}  // namespace lastcall::supervisor
