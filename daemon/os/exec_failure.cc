#include "os/exec_failure.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace lastcall::os {
namespace {

constexpr std::string_view kDefaultPath = "/bin:/usr/bin";  // as execvp of the C library

std::string_view path_in(const std::vector<std::string>& env) {
  for (const std::string& entry : env)
    if (entry.starts_with("PATH=")) return std::string_view(entry).substr(5);
  return kDefaultPath;
}

std::string interpreter_of_script(std::string_view start) {
  std::string_view line = start.substr(2, start.find('\n') == start.npos ? start.npos : start.find('\n') - 2);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return std::string(line.substr(0, line.find_first_of(" \t")));
}

std::string interpreter_of_elf(int fd, const char* start, std::size_t size) {
  Elf64_Ehdr header;
  if (size < sizeof header) return "";
  std::memcpy(&header, start, sizeof header);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(Elf64_Phdr)) return "";
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr part;
    const auto offset = static_cast<off_t>(header.e_phoff + i * sizeof part);
    if (::pread(fd, &part, sizeof part, offset) != sizeof part) return "";
    if (part.p_type != PT_INTERP || part.p_filesz == 0 || part.p_filesz > 4096) continue;
    std::string name(part.p_filesz, '\0');
    if (::pread(fd, name.data(), name.size(), static_cast<off_t>(part.p_offset)) != static_cast<ssize_t>(name.size())) return "";
    return name.c_str();
  }
  return "";
}

// What the kernel runs in the file's place: the interpreter of a script or the loader of a program. Empty: neither, or unreadable.
std::string interpreter_of(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  char start[256];  // BINPRM_BUF_SIZE: the kernel looks no further either
  const ssize_t size = fd ? ::read(fd.get(), start, sizeof start) : -1;
  if (size < 4) return "";
  if (start[0] == '#' && start[1] == '!') return interpreter_of_script(std::string_view(start, static_cast<std::size_t>(size)));
  if (std::memcmp(start, ELFMAG, SELFMAG) == 0) return interpreter_of_elf(fd.get(), start, static_cast<std::size_t>(size));
  return "";
}

int code_for(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG: return 127;  // P4, P6
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE: return 71;  // the machine refused, not the file
    default: return 126;
  }
}

// The path as the child sees it, which may have another directory than we do.
std::string seen_from(const SpawnRequest& request, const std::string& path) {
  return request.dir.empty() || path.starts_with('/') ? path : request.dir + "/" + path;
}

std::string reason(const SpawnRequest& request, const std::string& found, int error) {
  const std::string& command = request.argv[0];
  if (found.empty()) {
    if (error == ENOENT && command.find('/') == command.npos) return fmt::format("not found in PATH ({})", path_in(request.env));
    return strerrordesc_np(error);
  }
  struct stat info{};
  if (::stat(found.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return found + " is a directory";
  std::string interpreter = interpreter_of(found);
  if (interpreter.ends_with('\r')) {
    interpreter.pop_back();
    return fmt::format("{} has Windows line ends, so its interpreter reads as \"{}\\r\"", found, interpreter);
  }
  if (error == ENOENT && !interpreter.empty()) return fmt::format("{} needs {}, which does not exist", found, interpreter);
  if (error == EACCES && !interpreter.empty() && ::access(found.c_str(), X_OK) == 0)
    return fmt::format("{} needs {}, which may not be executed", found, interpreter);
  if (error == EACCES) return fmt::format("{} may not be executed: chmod +x, or a mount with noexec", found);
  if (error == ENOEXEC) return fmt::format("{} is no program for this machine; a script starts with a line such as #!/bin/sh", found);
  return fmt::format("{}: {}", found, strerrordesc_np(error));
}

}  // namespace

std::vector<std::string> exec_candidates(const std::string& command, const std::vector<std::string>& env) {
  if (command.find('/') != command.npos) return {command};
  std::vector<std::string> candidates;
  std::string_view path = path_in(env);
  while (true) {
    const std::size_t colon = path.find(':');
    const std::string_view element = path.substr(0, colon);
    candidates.push_back(element.empty() ? "./" + command : fmt::format("{}/{}", element, command));  // empty: the current directory
    if (colon == path.npos) return candidates;
    path.remove_prefix(colon + 1);
  }
}

SpawnFailure explain_exec_failure(const SpawnRequest& request, const std::vector<std::string>& candidates, int error) {
  std::string found;
  for (const std::string& candidate : candidates) {
    const std::string path = seen_from(request, candidate);
    if (found.empty() && ::access(path.c_str(), F_OK) == 0) found = path;
  }
  return {.stage = SpawnFailure::Stage::exec,
          .error = error,
          .exit_code = code_for(error),
          .message = fmt::format("cannot run {}: {}", request.argv[0], reason(request, found, error))};
}

Status find_executable(const std::string& command, const std::vector<std::string>& env, const std::string& dir) {
  int error = ENOENT;
  for (std::string path : exec_candidates(command, env)) {
    if (!path.starts_with('/') && !dir.empty()) path = dir + "/" + path;
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) continue;
    if (S_ISREG(facts.st_mode) && ::access(path.c_str(), X_OK) == 0) return {};
    error = EACCES;
  }
  const bool searched = command.find('/') == std::string::npos;
  return Error{error, command + (error == EACCES ? " is not executable" : searched ? " was not found in PATH" : " does not exist")};
}

}  // namespace lastcall::os
