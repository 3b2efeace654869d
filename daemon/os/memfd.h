// Memory shared between processes by descriptor: sealed texts (settings for a worker) and fixed-size pages (its counters). Sizes are
// sealed before anything is passed on: an unsealed one could be truncated by a worker and be a SIGBUS in PID 1.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace lastcall::os {

Result<UniqueFd> sealed_text(std::string_view name, std::string_view content);  // nobody can change it any more
Result<std::string> read_all(int fd, std::size_t limit);                       // from its beginning; EFBIG beyond `limit`
Result<UniqueFd> shared_page(std::string_view name, std::size_t size);         // zeroed; can neither shrink nor grow

// A shared mapping of a descriptor; unmapped at the end of its life. Move only.
class Mapping {
 public:
  enum class Access { read_only, writable };
  // Fails unless the descriptor's size is at least `size` and is sealed against shrinking.
  static Result<Mapping> map(int fd, std::size_t size, Access access);
  Mapping() = default;
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();

  void* data() { return data_; }
  const void* data() const { return data_; }
  std::size_t size() const { return size_; }
  explicit operator bool() const { return data_ != nullptr; }

 private:
  Mapping(void* data, std::size_t size) : data_(data), size_(size) {}
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace lastcall::os
