#include "supervisor/child_plan.h"

#include <doctest/doctest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "supervisor/worker_plan.h"

using namespace lastcall;
using namespace lastcall::supervisor;

namespace {

using Texts = std::vector<std::string>;

ChildPlan plan_of(const config::Settings& settings, const config::ChildEnvironment& environment = {}) {
  static const os::InheritedState inherited = [] {
    os::InheritedState state;
    state.open_descriptors = {5, 7};
    return state;
  }();
  auto plan = make_child_plan(settings, environment, inherited);
  REQUIRE_MESSAGE(plan.ok(), (plan.ok() ? std::string() : plan.error().message));
  return std::move(plan).value();
}

std::string refusal(const config::Settings& settings) {
  const os::InheritedState inherited;
  const auto plan = make_child_plan(settings, {}, inherited);
  return plan.ok() ? "" : plan.error().message;
}

bool not_root() {
  if (::geteuid() == 0) return false;
  MESSAGE("skipped: needs root");
  return true;
}

}  // namespace

TEST_CASE("without a word about it the child is as we are, in a group of its own, with what our parent left open") {
  const ChildPlan plan = plan_of({}, {.inherited = {"A=1", "A=2", "odd"}, .written = {}});
  CHECK(plan.environment == Texts{"A=1", "A=2", "odd"});
  CHECK(plan.request.restore != nullptr);
  CHECK(plan.request.keep == std::vector<int>{5, 7});
  CHECK(plan.request.group == os::SpawnRequest::Group::own);
  CHECK(plan.request.parent_death_signal == SIGKILL);
  CHECK_FALSE(plan.request.foreground);
  CHECK_FALSE(plan.request.credentials);
  CHECK_FALSE(plan.request.capabilities);
  CHECK_FALSE(plan.request.umask);
  CHECK(plan.request.limits.empty());
}

TEST_CASE("what was written arrives where spawn() looks for it") {
  config::Settings settings;
  settings.no_proxy = true;
  settings.child.dir = "/srv";
  settings.child.umask = 0;
  settings.child.nice = 5;
  settings.child.oom_score_adj = -7;
  settings.child.limits = {{RLIMIT_CORE, 0, config::kUnlimited}};
  settings.child.capabilities = 0;
  settings.child.no_new_privs = true;
  settings.child.parent_death_signal = 0;
  settings.child.descriptors = std::vector<int>{7};
  const os::SpawnRequest request = plan_of(settings).request;
  CHECK(request.dir == "/srv");
  CHECK(request.umask == 0U);
  CHECK(request.nice == 5);
  CHECK(request.oom_score_adj == -7);
  REQUIRE(request.limits.size() == 1);
  CHECK(request.limits[0].resource == RLIMIT_CORE);
  CHECK(request.limits[0].hard == RLIM_INFINITY);
  CHECK(request.capabilities == 0U);
  CHECK(request.no_new_privileges);
  CHECK(request.parent_death_signal == 0);
  CHECK(request.keep == std::vector<int>{7});
  CHECK(request.foreground);
}

TEST_CASE("a user's home and name replace ours, and what was written for the command wins over both (P60)") {
  if (not_root()) return;
  config::Settings settings;
  settings.child.user = "daemon";
  const config::Environment ours{"HOME=/root", "USER=root", "LOGNAME=root", "HOME=twice"};
  const ChildPlan plan = plan_of(settings, {.inherited = ours, .written = {"HOME=/var/app"}});
  CHECK(plan.environment == Texts{"USER=daemon", "LOGNAME=daemon", "HOME=/var/app"});
  REQUIRE(plan.request.credentials);
  CHECK(plan.request.credentials->uid == 1);
  settings.child.user = "54321";
  CHECK(plan_of(settings, {.inherited = ours, .written = {}}).environment == Texts{"HOME=/"});
}

TEST_CASE("groups replace those of the user, and need no user (decision 14)") {
  if (not_root()) return;
  config::Settings settings;
  settings.child.groups = {"daemon", "54323"};
  const auto alone = plan_of(settings, {.inherited = {"HOME=/root"}, .written = {}});
  CHECK(alone.environment == Texts{"HOME=/root"});
  CHECK(alone.request.credentials == os::Credentials{::getuid(), ::getgid(), {1, 54323}});
  settings.child.user = "54321:54322";
  CHECK(plan_of(settings).request.credentials == os::Credentials{54321, 54322, {1, 54323}});
}

TEST_CASE("systemd's variables that name us will name the child, others stay (P57)") {
  const std::string us = std::to_string(::getpid());
  const config::Environment given{"LISTEN_PID=" + us, "LISTEN_FDS=1", "WATCHDOG_PID=1"};
  CHECK(plan_of({}, {.inherited = given, .written = {}}).request.own_pid_variables == Texts{"LISTEN_PID"});
}

TEST_CASE("sockets that systemd opened for us are no descriptors of the child's, unless it is to have them (G148, decision 13)") {
  config::ChildEnvironment environment;
  environment.sockets_for_us = 3;  // 3, 4 and 5
  CHECK(plan_of({}, environment).request.keep == std::vector<int>{7});
  config::Settings settings;
  settings.child.descriptors = std::vector<int>{5};
  CHECK(plan_of(settings, environment).request.keep == std::vector<int>{5});
}

TEST_CASE("a user, group or descriptor that is not there is named before anything runs (P9)") {
  config::Settings settings;
  settings.child.user = "nobody-here";
  CHECK(refusal(settings) == "there is no user \"nobody-here\" in /etc/passwd");
  settings = {};
  settings.child.descriptors = std::vector<int>{9};
  CHECK(refusal(settings) == "descriptor 9 was to be passed, but lastcall was not given it");
  if (not_root()) return;
  settings = {};
  settings.child.groups = {"no-such-group"};
  CHECK(refusal(settings) == "there is no group \"no-such-group\" in /etc/group");
}

TEST_CASE("a worker learns nothing of the child's surroundings, which may hold secrets") {
  config::Settings settings;
  settings.listen = {Address::loopback(0)};
  settings.command = {"app"};
  settings.child.env.set = {"PASSWORD=geheim"};
  const auto listeners = Listeners::open({});
  const auto plan = make_worker_plan(settings, listeners.value(), open_own_executable(), {});
  REQUIRE(plan.ok());
  char text[16384];
  const ssize_t size = ::pread(plan.value().settings.get(), text, sizeof text, 0);
  REQUIRE(size > 0);
  CHECK(std::string(text, static_cast<std::size_t>(size)).find("geheim") == std::string::npos);
}
