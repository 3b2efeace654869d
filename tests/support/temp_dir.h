// A directory of the test's own, removed with all it holds at the end. Readable by every user, since children may run as another.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace lastcall::test {

class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  std::string path(std::string_view name = "") const;
  std::string write(std::string_view name, std::string_view content) const;  // the file's path

 private:
  std::filesystem::path root_;
};

std::string read_file(const std::string& path);  // empty when it can't be read

}  // namespace lastcall::test
