// The second half of ctl_command.h: asks, and shows the answer.
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "app/ctl_command.h"
#include "app/ctl_output.h"
#include "control/control_client.h"
#include "os/terminal.h"

namespace lastcall::app {
namespace {

constexpr int kDone = 0, kRefused = 1, kNotServing = 3, kUsage = 64, kNobody = 69, kForbidden = 77;  // sysexits.h where it has a name

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

int fail(int code, std::string_view why) {
  std::fflush(stdout);
  fmt::print(stderr, "lastcall: {}\n", why);
  return code;
}

int unreachable(const Error& error) {
  if (error.code == EACCES || error.code == EPERM) return fail(kForbidden, error.message + "; ask as root or as the user of lastcall");
  return fail(kNobody, error.message + "; is it running? Without --socket and LASTCALL_SOCKET lastcall ctl looks for it");
}

struct Call {
  std::string_view method;
  std::string path;
  std::string body;
};

Call call_of(const CtlWish& wish) {
  if (wish.verb == "status") return {"GET", "/v1/state", ""};
  if (wish.verb == "connections") return {"GET", "/v1/connections", ""};
  if (wish.verb == "jobs") return {"GET", "/v1/jobs", ""};
  if (wish.verb == "scale") return {"PUT", "/v1/instances", fmt::format(R"({{"instances": {}}})", wish.argument)};
  if (wish.verb == "loglevel") return {"PUT", "/v1/loglevel", fmt::format(R"({{"level": "{}"}})", wish.argument)};
  if (wish.instance) return {"POST", fmt::format("/v1/instances/{}/{}", *wish.instance, wish.verb), ""};
  return {"POST", "/v1/" + wish.verb, wish.now ? R"({"now": true})" : ""};
}

int show(const CtlWish& wish, const control::ControlAnswer& answer) {
  if (answer.status == 403) return fail(kForbidden, ctl_error(answer.body));
  if (answer.status >= 300) return fail(kRefused, ctl_error(answer.body));
  print(wish.json ? answer.body : ctl_text(wish.verb, answer.body));
  return wish.verb == "status" && !ctl_serving(answer.body) ? kNotServing : kDone;
}

// Whole on a terminal, redrawn in place; elsewhere one line for each change that a person would call one.
int watch(control::ControlClient& client, const CtlWish& wish) {
  const bool terminal = os::is_terminal(1);
  std::string last;
  const Status end = client.follow([&](std::string_view event, std::string_view data) {
    if (event != "state") return true;
    if (wish.json) {
      print(std::string(data) + "\n");
    } else if (terminal) {
      print("\033[H\033[J" + ctl_text("status", data));
    } else if (std::string line = ctl_line(data); line != last) {
      print(last = std::move(line));
    }
    return std::fflush(stdout) == 0;
  });
  return end ? kDone : fail(kNobody, end.error().message);
}

}  // namespace

int run_ctl(const std::vector<std::string>& words) {
  const auto wish = parse_ctl(words);
  if (!wish) return fail(kUsage, wish.error().message);
  if (wish.value().help) {
    print(ctl_help());
    return kDone;
  }
  const char* variable = std::getenv("LASTCALL_SOCKET");
  const auto name = control::choose_control_socket(wish.value().socket, variable == nullptr ? std::nullopt : std::optional<std::string>(variable),
                                                   control::find_control_sockets());
  if (!name) return fail(name.error().code == EINVAL ? kUsage : kNobody, name.error().message);
  auto client = control::ControlClient::connect(name.value());
  if (!client) return unreachable(client.error());
  if (wish.value().watch) return watch(client.value(), wish.value());
  const Call call = call_of(wish.value());
  const auto answer = client.value().ask(call.method, call.path, call.body);
  if (!answer) return unreachable(answer.error());
  return show(wish.value(), answer.value());
}

}  // namespace lastcall::app
