#include "fake_worker.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace lastcall::test {
namespace {

namespace message = proto::message;

class FakeWorker {
 public:
  explicit FakeWorker(std::string behaviour) : behaviour_(std::move(behaviour)) {}

  [[noreturn]] void live() {
    if (behaviour_ != "mute") hello();
    if (behaviour_ == "crash") ::_exit(9);
    for (;;) {
      char bytes[io::Channel::kMaxMessage];
      pollfd channel{.fd = 3, .events = POLLIN, .revents = 0};
      ::poll(&channel, 1, -1);
      const ssize_t size = ::recv(3, bytes, sizeof bytes, 0);
      if (size == 0) ::_exit(0);
      if (size > 0 && behaviour_ != "silent" && behaviour_ != "mute") obey({bytes, static_cast<std::size_t>(size)});
    }
  }

 private:
  template <class Body>
  void say(const Body& body) {
    const std::string bytes = proto::encode(body, seq_++);
    (void)::send(3, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void hello() {
    message::Hello hello{};
    const std::string build = behaviour_ == "stranger" ? "0.0.0-other" : std::string(proto::build_id());
    std::memcpy(hello.build.data(), build.data(), std::min(build.size(), hello.build.size()));
    say(hello);
  }
  void obey(std::span<const char> bytes) {
    const auto told = proto::decode_to_worker(bytes);
    if (!told) ::_exit(70);
    if (const auto* phase = std::get_if<message::PhaseChange>(&*told)) {
      say(message::Ack{phase->version});
      message::CensusReport nothing_runs{};
      nothing_runs.phase_version = phase->version;
      say(nothing_runs);
    }
    if (std::holds_alternative<message::StopAccepting>(*told) && behaviour_ == "poisoned") ::_exit(11);
    if (std::holds_alternative<message::StopAccepting>(*told)) say(message::StoppedAccepting{2});
    if (const auto* seal = std::get_if<message::Seal>(&*told); seal != nullptr && behaviour_ != "deaf to seal")
      say(message::Sealed{seal->instance, 0});
    if (const auto* ping = std::get_if<message::Ping>(&*told)) say(message::Pong{ping->number});
    if (std::holds_alternative<message::Finish>(*told)) {
      say(message::Finished{});
      ::_exit(0);
    }
  }
  std::string behaviour_;
  std::uint32_t seq_ = 1;
};

// Before main() and doctest: glibc hands argc and argv to constructors.
__attribute__((constructor)) void become_worker(int argc, char** argv) {
  if (argc != 2 || std::strcmp(argv[1], "@worker") != 0) return;
  FakeWorker(os::read_all(5, 4096).value()).live();
}

}  // namespace

supervisor::WorkerPlan plan_of(const std::string& behaviour) {
  supervisor::WorkerPlan plan;
  plan.executable.reset(::open("/proc/self/exe", O_PATH | O_CLOEXEC));
  plan.settings = std::move(os::sealed_text("behaviour", behaviour)).value();
  return plan;
}

}  // namespace lastcall::test
