#include "worker_under_test.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

#include <csignal>
#include <cstring>
#include <fstream>

#include "allocation_count.h"
#include "config/print_config.h"
#include "os/clock.h"
#include "os/line_file.h"
#include "os/socket.h"
#include "proto/worker_descriptors.h"
#include "proxy/worker.h"

namespace lastcall::test {
namespace {

namespace message = proto::message;

// The process of the worker: its descriptors where proxy/worker.h says, nothing else open, then its whole life.
[[noreturn]] void become_worker(const std::vector<int>& descriptors, std::atomic<std::uint64_t>* allocated, Duration census_every) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::vector<int> aside;
  for (const int fd : descriptors) aside.push_back(check(::fcntl(fd, F_DUPFD, 200), "F_DUPFD"));
  int place = proto::kChannelFd;
  for (const int fd : aside) check(::dup2(fd, place++), "dup2");
  ::syscall(SYS_close_range, place, ~0U, 0);
  count_allocations_into(allocated);
  const int code = proxy::run_worker(census_every);
#if defined(__SANITIZE_ADDRESS__)
  if (__lsan_do_recoverable_leak_check() != 0) ::_exit(99);  // _exit() asks nobody
#endif
  ::_exit(code);
}

UniqueFd or_fail(Result<UniqueFd> made) {
  if (!made) fail(made.error().message);
  return std::move(made).value();
}

}  // namespace

WorkerUnderTest::WorkerUnderTest(const Adjust& adjust, FakeChild child, Duration census_every) : child_(std::move(child)) {
  config::Settings settings;
  settings.listen = {Address::loopback(0)};
  settings.command = {"child"};
  settings.log_level = LogLevel::error;
  if (adjust) adjust(settings);
  for (auto& address : settings.listen) {
    listeners_.push_back(or_fail(os::listen_on(address)));
    address = os::local_address(listeners_.back().get()).value();
    ports_.push_back(address.port());
  }
  auto [ours, theirs] = os::seqpacket_pair().value();
  const UniqueFd page = or_fail(os::shared_page("counters", proto::CountersPage::kSize));
  const UniqueFd text = or_fail(os::sealed_text("settings", config::print_config(settings)));
  counters_ = os::Mapping::map(page.get(), proto::CountersPage::kSize, os::Mapping::Access::read_only).value();
  channel_ = std::move(ours);
  const UniqueFd shared = or_fail(os::shared_page("allocations", 4096));
  allocations_ = os::Mapping::map(shared.get(), 4096, os::Mapping::Access::writable).value();
  allocated_ = static_cast<std::atomic<std::uint64_t>*>(allocations_.data());

  std::vector<int> descriptors{theirs.get(), page.get(), text.get()};
  for (const auto& listener : listeners_) descriptors.push_back(listener.get());
  UniqueFd access_log;
  if (settings.access_log != config::AccessLogFormat::off) {
    access_log = or_fail(os::open_line_file(settings.access_log_file));
    descriptors.push_back(access_log.get());
  }
  pid_ = check(::fork(), "fork");
  if (pid_ == 0) become_worker(descriptors, allocated_, census_every);
  theirs.reset();
  const auto hello = hear<message::Hello>();
  CHECK(std::string_view(hello.build.data(), strnlen(hello.build.data(), hello.build.size())) == proto::build_id().substr(0, 64));
}

WorkerUnderTest::~WorkerUnderTest() {
  if (exited_) return;
  channel_.reset();
  CHECK(wait_exit() == 0);
}

WorkerUnderTest& WorkerUnderTest::serve() {
  set_upstream(proto::InstanceState::ready);
  set_phase(core::Phase::serving);
  return *this;
}

void WorkerUnderTest::set_upstream(proto::InstanceState state) {
  set_upstreams({{.instance = 0, .state = state, .child = child_}});
}

void WorkerUnderTest::set_upstreams(const std::vector<Upstream>& all) {
  message::Upstreams upstreams{};
  upstreams.version = ++upstreams_;
  for (const auto& [instance, state, child, number] : all) {
    auto& entry = upstreams.entries[upstreams.count++];
    entry.instance = instance;
    entry.number = number;
    entry.state = state;
    entry.address_size = child.address().size();
    std::memcpy(&entry.address, child.address().data(), child.address().size());
  }
  tell(upstreams);
}

void WorkerUnderTest::set_phase(core::Phase phase, TimePoint drain) {
  message::PhaseChange change{};
  change.version = ++version_;
  change.phase = static_cast<std::uint32_t>(phase);
  change.lame = change.kill = change.exit = kNever.time_since_epoch().count();
  change.t0 = (phase >= core::Phase::lame_duck ? os::now() : kNever).time_since_epoch().count();
  change.drain = drain.time_since_epoch().count();
  tell(change);
  CHECK(hear<message::Ack>().phase_version == version_);
}

void WorkerUnderTest::send(std::string_view bytes, int descriptor) {
  iovec slice{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr header{};
  header.msg_iov = &slice;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof descriptor)]{};
  if (descriptor >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(part), &descriptor, sizeof descriptor);
  }
  check(static_cast<int>(::sendmsg(channel_.get(), &header, MSG_NOSIGNAL)), "sendmsg on the channel");
}

void WorkerUnderTest::stop_accepting(bool take_queue) { tell(message::StopAccepting{take_queue, 0}); }

void WorkerUnderTest::seal(std::uint32_t instance) {
  tell(message::Seal{instance, 0});
  CHECK(hear<message::Sealed>().instance == instance);
}

void WorkerUnderTest::finish(Duration within) { tell(message::Finish{after(now(), within).time_since_epoch().count()}); }

proto::ToSupervisor WorkerUnderTest::pop_unheard() {
  const proto::ToSupervisor message = unheard_.front();
  unheard_.pop_front();
  return message;
}

proto::ToSupervisor WorkerUnderTest::receive() {
  char bytes[8192];
  REQUIRE(wait_for(channel_.get(), POLLIN, Deadline::in(kPatience)) != 0);
  const ssize_t size = ::recv(channel_.get(), bytes, sizeof bytes, 0);
  REQUIRE_MESSAGE(size > 0, "the worker has gone, exit status ", wait_exit());
  auto decoded = proto::decode_to_supervisor(std::span(bytes, static_cast<std::size_t>(size)));
  REQUIRE(decoded.has_value());
  return *decoded;
}

message::CensusReport WorkerUnderTest::await_census(const std::function<bool(const message::CensusReport&)>& wanted) {
  for (;;) {
    const auto census = hear<message::CensusReport>();
    if (wanted(census)) return census;
  }
}

// One answer says that the channel was looked at, the next that the sockets were too, the third that deferred work is done.
void WorkerUnderTest::sync() {
  for (int i = 0; i < 3; ++i) {
    tell(message::Ping{++pings_});
    for (bool answered = false; !answered;) {
      const proto::ToSupervisor message = receive();
      const auto* pong = std::get_if<message::Pong>(&message);
      answered = pong != nullptr && pong->number == pings_;
      if (pong == nullptr) unheard_.push_back(message);
    }
  }
}

void WorkerUnderTest::pause(Milliseconds time, const std::function<void()>& meanwhile) {
  check(::kill(pid_, SIGSTOP), "SIGSTOP");
  siginfo_t stopped{};
  check(::waitid(P_PID, static_cast<id_t>(pid_), &stopped, WSTOPPED), "waitid");
  meanwhile();
  pass_time(time);
  check(::kill(pid_, SIGCONT), "SIGCONT");
}

Fd WorkerUnderTest::connection_to(const Address& address) const {
  const Fd pidfd(check(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)), "pidfd_open"));
  std::vector<Fd> found;
  for (int number = 0; number < 64; ++number) {
    Fd fd(static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd.get(), number, 0)));
    const auto peer = fd.get() >= 0 ? os::peer_address(fd.get()) : Result<Address>(Error{EBADF, "none"});
    if (peer && peer.value() == address) found.push_back(std::move(fd));
  }
  REQUIRE(found.size() == 1);
  return std::move(found.front());
}

int WorkerUnderTest::wait_exit() {
  const Fd pidfd(check(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)), "pidfd_open"));
  const bool hangs = wait_for(pidfd.get(), POLLIN, Deadline::in(kPatience)) == 0;
  CHECK_MESSAGE(!hangs, "the worker does not leave");
  if (hangs) ::kill(pid_, SIGKILL);
  int status = 0;
  check(::waitpid(pid_, &status, 0), "waitpid");
  exited_ = true;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::uint64_t WorkerUnderTest::counter(proto::Counter counter) {
  return static_cast<const proto::CountersPage*>(counters_.data())->get(counter);
}

std::uint64_t WorkerUnderTest::await_counter(proto::Counter which, std::uint64_t value) {
  for (const Deadline deadline = Deadline::in(kPatience); counter(which) != value && !deadline.passed();) sync();
  return counter(which);
}

std::size_t WorkerUnderTest::private_bytes() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/smaps_rollup");
  for (std::string word; file >> word;) {
    if (word != "Anonymous:") continue;
    std::size_t kib = 0;
    file >> kib;
    return kib * 1024;
  }
  return 0;
}

void exchange_one(HttpClient& client, TcpClient& upstream, std::string_view body) {
  REQUIRE(client.send_request("GET", "/"));
  CHECK(read_head(upstream).starts_with("GET / HTTP/1.1\r\n"));
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body)));
  const Exchange answer = client.read_response();
  REQUIRE(answer.complete);
  CHECK(answer.response.status == 200);
  CHECK(answer.response.body == body);
}

}  // namespace lastcall::test
