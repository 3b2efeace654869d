#include "os/memfd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace lastcall::os {
namespace {

Result<UniqueFd> make(std::string_view name) {
  UniqueFd fd(::memfd_create(std::string(name).c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return system_error("memfd_create");
  return fd;
}

Status seal(int fd, int seals) {
  if (::fcntl(fd, F_ADD_SEALS, seals) != 0) return system_error("F_ADD_SEALS");
  return {};
}

}  // namespace

Result<UniqueFd> sealed_text(std::string_view name, std::string_view content) {
  UniqueFd fd = TRY(make(name));
  for (std::string_view rest = content; !rest.empty();) {
    const ssize_t size = ::write(fd.get(), rest.data(), rest.size());
    if (size < 0) return system_error("write to memfd");
    rest.remove_prefix(static_cast<std::size_t>(size));
  }
  TRY(seal(fd.get(), F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
  return fd;
}

Result<std::string> read_all(int fd, std::size_t limit) {
  std::string content;
  std::size_t used = 0;
  while (true) {
    // One byte more than allowed tells a file of exactly `limit` bytes from a larger one.
    content.resize(std::min(limit + 1, used + 64 * 1024));
    const ssize_t size = ::pread(fd, content.data() + used, content.size() - used, static_cast<off_t>(used));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return system_error("read");
    used += static_cast<std::size_t>(size);
    if (used > limit) return system_error("read", EFBIG);
    if (size == 0) break;
  }
  content.resize(used);
  return content;
}

Result<UniqueFd> shared_page(std::string_view name, std::size_t size) {
  UniqueFd fd = TRY(make(name));
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return system_error("ftruncate");
  TRY(seal(fd.get(), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
  return fd;
}

Result<Mapping> Mapping::map(int fd, std::size_t size, Access access) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return system_error("fstat");
  const int seals = ::fcntl(fd, F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) return Error{EPERM, "shared page: its size is not sealed"};
  if (info.st_size < static_cast<off_t>(size)) return Error{EINVAL, "shared page: smaller than agreed"};
  const int protection = access == Access::writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void* data = ::mmap(nullptr, size, protection, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) return system_error("mmap");
  return Mapping(data, size);
}

Mapping::Mapping(Mapping&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Mapping::~Mapping() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace lastcall::os
