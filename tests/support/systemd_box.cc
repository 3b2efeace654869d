#include "support/systemd_box.h"

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace lastcall::test {
namespace {

constexpr int kSkipped = 77;
constexpr Milliseconds kBoot{20'000};  // it needs a quarter of a second on an idle machine

SpawnOptions script(const std::string& work) { return {.argv = {LASTCALL_SOURCE "/tests/support/systemd_box.sh", work}}; }

// From the leaves to the root: a cgroup with another one in it can't be removed.
void remove_tree(const std::filesystem::path& root) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(root, ignored))
    if (entry.is_directory(ignored)) remove_tree(entry.path());
  ::rmdir(root.c_str());
}

}  // namespace

SystemdBox::SystemdBox() : process_(script(directory_.path())) {
  if (wait_running()) return;
  const auto status = process_.wait_exit(Milliseconds(0));
  why_not_ = status && *status == ExitStatus{false, kSkipped} ? process_.err().text() : "systemd did not start in its box:\n" + process_.output();
}

SystemdBox::~SystemdBox() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);  // as its namespace's PID 1 it takes everything along
  (void)process_.wait_exit();
  remove_cgroups();
}

// Not before it answers: units that are asked for earlier are refused. The helpers of the script are children of its as well, so only PID 1
// of the new namespace counts, and only once it is systemd.
bool SystemdBox::wait_running() {
  const bool there = process_.wait_until(
      [this] {
        for (const ProcessInfo& process : descendants(process_.pid()))
          if (process_status(process.pid, "NSpid").ends_with("\t1") && process.command.find("systemd") != std::string::npos) pid_ = process.pid;
        return pid_ != 0 && std::filesystem::exists(inside("/run/systemd/private"));
      },
      kBoot);
  return there && process_.wait_until([this] { return run({"systemctl", "is-system-running"}).output == "running\n"; }, kBoot);
}

void SystemdBox::remove_cgroups() const {
  std::ifstream list(directory_.path("cgroups"));
  for (std::string path; std::getline(list, path);) remove_tree(path);
}

std::string SystemdBox::inside(const std::string& path) const { return "/proc/" + std::to_string(pid_) + "/root" + path; }

SystemdBox::Result SystemdBox::run(const std::vector<std::string>& command, Milliseconds wait) const {
  SpawnOptions options{.argv = {"nsenter", "-t", std::to_string(pid_), "-a"}};
  options.argv.insert(options.argv.end(), command.begin(), command.end());
  options.environment = {{"SYSTEMD_PAGER", ""}, {"SYSTEMD_COLORS", "0"}};
  Process process(options);
  const auto status = process.wait_exit(wait);
  return {.status = status && !status->by_signal ? status->value : -1, .output = process.output()};
}

bool SystemdBox::systemctl(std::vector<std::string> words) const {
  words.insert(words.begin(), "systemctl");
  const Result result = run(words);
  if (result.status != 0) ::fputs(("systemctl: " + result.output).c_str(), stderr);
  return result.status == 0;
}

std::string SystemdBox::show(const std::string& unit, const std::string& property) const {
  std::string value = run({"systemctl", "show", unit, "--value", "-p", property}).output;
  if (value.ends_with('\n')) value.pop_back();
  return value;
}

std::string SystemdBox::journal(const std::string& unit) const {
  return run({"journalctl", "-u", unit, "-o", "cat", "--no-pager"}).output;
}

void SystemdBox::write(const std::string& path, const std::string& text) const {
  const std::filesystem::path file = inside(path);
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

void SystemdBox::copy(const std::string& from, const std::string& path) const {
  const std::filesystem::path file = inside(path);
  std::filesystem::create_directories(file.parent_path());
  std::filesystem::copy_file(from, file, std::filesystem::copy_options::overwrite_existing);
}

int SystemdBox::outer_pid(int pid) const {
  for (const ProcessInfo& process : descendants(pid_)) {
    std::istringstream numbers(process_status(process.pid, "NSpid"));
    int last = 0;
    for (int number; numbers >> number;) last = number;
    if (last == pid) return process.pid;
  }
  return 0;
}

}  // namespace lastcall::test
