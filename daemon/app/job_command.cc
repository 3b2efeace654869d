#include "app/job_command.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/help_text.h"
#include "base/duration_text.h"
#include "config/diagnostics.h"
#include "control/control_client.h"
#include "io/callback_timer.h"
#include "io/signals.h"
#include "os/pidfd.h"
#include "os/reaper.h"
#include "os/spawn.h"
#include "supervisor/http_call.h"

namespace lastcall::app {
namespace {

// sysexits.h where it has a name; a command's own code otherwise.
constexpr int kUsage = 64, kNobody = 69, kRefused = 75;

int fail(int code, std::string_view why) {
  fmt::print(stderr, "lastcall: {}\n", why);
  return code;
}

std::string default_id(const std::vector<std::string>& command) {
  std::string name = command.front().substr(command.front().rfind('/') + 1);
  std::erase_if(name, [](char c) { return c <= ' ' || static_cast<unsigned char>(c) >= 0x7f || std::string_view("/?#%").find(c) != std::string_view::npos; });
  return fmt::format("{}-{}", name.substr(0, 150), ::getpid());
}

std::string message_of(const control::ControlAnswer& answer) {
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  if (json.is_object() && json.contains("error") && json["error"].is_string()) return json["error"].get<std::string>();
  return fmt::format("HTTP {}", answer.status);
}

Result<control::ControlAnswer> ask(const std::string& socket, std::string_view method, const std::string& path, const std::string& body = {}) {
  auto client = control::ControlClient::connect(socket);
  if (!client) return client.error();
  return client.value().ask(method, path, body);
}

// The command beside us, from its start to its end: its end is ours, its signals are those that we get.
class JobRun {
 public:
  JobRun(const JobWish& wish, std::string socket, const os::InheritedState& inherited)
      : wish_(wish), socket_(std::move(socket)), inherited_(inherited), beat_(loop_, [this] { heartbeat(); }) {}

  int run() {
    auto signals = io::Signals::open(loop_, os::blocked_signals(), [this](const io::SignalEvent& signal) { on_signal(signal); });
    if (!signals) return fail(71, signals.error().message);
    os::SpawnRequest request;
    request.argv = wish_.command;
    for (char** entry = environ; *entry != nullptr; ++entry) request.env.emplace_back(*entry);
    request.restore = &inherited_;
    request.keep = inherited_.open_descriptors;
    request.group = os::SpawnRequest::Group::inherit;  // a job of the shell as the command alone would be: it reads the terminal, Ctrl-Z stops both
    os::SpawnResult spawned = os::spawn(request);
    if (!spawned) return fail(spawned.failure.exit_code, spawned.failure.message);
    pid_ = spawned.child->pid;
    if (wish_.heartbeat) beat_.arm_after(wish_.timeout / 3);
    loop_.run();
    return exit_code_;
  }

 private:
  // What the terminal sends goes to the whole group: the command has it already.
  void on_signal(const io::SignalEvent& signal) {
    if (signal.number == SIGCHLD) return reap();
    if (signal.number == SIGTSTP) return (void)os::send_signal_to_pid(::getpid(), SIGSTOP);  // it is blocked here; the shell shall see us stop
    const bool told_already = signal.from_terminal() || signal.sender_pid == 0;
    if (told_already || pid_ == 0 || signal.number == SIGCONT || signal.number == SIGTTIN || signal.number == SIGTTOU) return;
    (void)os::send_signal_to_pid(pid_, signal.number);
  }

  void reap() {
    (void)os::reap(os::kReapLimit, [this](const os::Reaped& reaped) {
      if (reaped.pid != pid_) return;
      pid_ = 0;
      exit_code_ = os::shell_code(reaped.status);
      loop_.stop();
    });
  }

  // A lastcall that does not answer is no reason to disturb the command.
  void heartbeat() {
    const auto target = Address::parse("unix:" + socket_);
    if (target) call_.emplace(loop_, supervisor::HttpCallRequest{.target = target.value(), .method = "PUT", .path = "/v1/jobs/" + wish_.id}, [](const auto&) {});
    beat_.arm_after(wish_.timeout / 3);
  }

  const JobWish& wish_;
  std::string socket_;
  const os::InheritedState& inherited_;
  io::Loop loop_;
  io::CallbackTimer beat_;
  std::optional<supervisor::HttpCall> call_;
  int pid_ = 0;
  int exit_code_ = 0;
};

Result<std::string> value_of(const std::vector<std::string>& words, std::size_t& index) {
  if (++index >= words.size()) return Error{0, fmt::format("{} needs a value", words[index - 1])};
  return words[index];
}

}  // namespace

Result<JobWish> parse_job(const std::vector<std::string>& words) {
  JobWish wish;
  std::size_t i = 0;
  for (; i < words.size() && words[i] != "--"; ++i) {
    const std::string flag = words[i];
    if (flag == "--help" || flag == "-h") {
      wish.help = true;
      return wish;
    }
    if (flag == "--heartbeat")
      wish.heartbeat = true;
    else if (flag == "--timeout") {
      const std::string text = TRY(value_of(words, i));
      wish.timeout = TRY(parse_duration(text));
    } else if (flag == "--id")
      wish.id = TRY(value_of(words, i));
    else if (flag == "--owner")
      wish.owner = TRY(value_of(words, i));
    else if (flag == "--socket")
      wish.socket = TRY(value_of(words, i));
    else
      return Error{0, fmt::format("{} is no flag of lastcall job; write for example lastcall job --timeout 60s -- ./import.sh", config::quoted(flag))};
  }
  if (i + 1 >= words.size()) return Error{0, "the command is missing; write for example lastcall job --timeout 60s -- ./import.sh"};
  wish.command.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
  if (wish.command.front().empty()) return Error{0, "the command is empty"};
  if (wish.id.empty()) wish.id = default_id(wish.command);
  return wish;
}

int run_job(const std::vector<std::string>& words, const os::InheritedState& inherited) {
  const auto parsed = parse_job(words);
  if (!parsed) return fail(kUsage, parsed.error().message);
  const JobWish& wish = parsed.value();
  if (wish.help) {
    fmt::print("{}", job_help_text());
    return 0;
  }
  const char* variable = std::getenv("LASTCALL_SOCKET");
  const auto socket = control::choose_control_socket(wish.socket, variable == nullptr ? std::nullopt : std::optional<std::string>(variable),
                                                     control::find_control_sockets());
  if (!socket) return fail(kNobody, socket.error().message);
  nlohmann::json body{{"id", wish.id}, {"timeout", format_duration(wish.timeout)}};
  if (!wish.owner.empty()) body["owner"] = wish.owner;
  const auto begun = ask(socket.value(), "POST", "/v1/jobs", body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  if (!begun) return fail(kNobody, begun.error().message);
  if (begun.value().status >= 300) return fail(begun.value().status == 400 ? kUsage : kRefused, message_of(begun.value()));

  const int code = JobRun(wish, socket.value(), inherited).run();
  const auto ended = ask(socket.value(), "DELETE", "/v1/jobs/" + wish.id);
  if (ended && ended.value().status == 404) (void)fail(code, fmt::format("job {} was given up before it ended", wish.id));
  return code;
}

}  // namespace lastcall::app
