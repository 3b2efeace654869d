// What the end-to-end tests share: where the children are, how one starts them under lastcall, and the questions that every test asks at
// the end: which exit code, and is any process left.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/http_client.h"
#include "support/lastcall_run.h"
#include "support/sanitizer.h"
#include "support/temp_dir.h"

namespace lastcall::test {

using Words = std::vector<std::string>;

std::string child_file(const std::string& name);                     // in tests/e2e/children
Words tiny(const Words& arguments);                                  // tiny_child ...
Words tiny_server(const Words& flags = {});                          // tiny_child serve ...
Words node(const std::string& program);                              // node children/program
RunOptions run_node(const std::string& program, const Words& flags = {});  // with Debian's modules in reach

}  // namespace lastcall::test

// Shows the daemon's whole log where a check fails.
#define SHOW_LOG(run) INFO("lastcall and its child said:\n", (run).log())

// The end of (nearly) every test.
#define CHECK_EXIT(run, code)                                                                     \
  do {                                                                                            \
    const auto status_ = (run).wait_exit();                                                       \
    CHECK_MESSAGE(status_ == (::lastcall::test::ExitStatus{false, (code)}), "ended with ", ::lastcall::test::to_string(status_)); \
    const auto left_ = ::lastcall::test::leftovers();                                             \
    CHECK_MESSAGE(left_.empty(), "left behind: ", ::lastcall::test::to_string(left_));            \
  } while (false)
