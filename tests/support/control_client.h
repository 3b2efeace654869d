// A raw client of lastcall's control socket: whole requests in, status and body out, or just a connection. Test processes only.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "support/http_client.h"

namespace lastcall::test {

// Connected to the Unix socket, non-blocking; an invalid one where nobody listens.
Fd connect_unix(const std::string& path);

struct ControlAnswer {
  int status = 0;  // 0: no answer
  std::string body;
};
ControlAnswer ask_control(const std::string& path, std::string_view method, std::string_view target, std::string_view body = "");

// Asks again and again until it holds; false: it did not, for as long as a test is patient.
bool ask_until(const std::function<bool()>& holds);

}  // namespace lastcall::test
