// Two network namespaces joined by a line that holds each packet for a fixed time: two TUN devices with tests/support/delay_line between
// them. The namespaces have no name and vanish with the object and the processes in them. Needs root and /dev/net/tun.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "support/process.h"

namespace lastcall::test {

class DelayedNetwork {
 public:
  // Empty where it can be made; else the reason why not, for the message of a skipped test.
  static std::string unavailable();

  explicit DelayedNetwork(const std::string& delay_line_program, Milliseconds one_way);

  static constexpr const char* kServerAddress = "10.213.0.1";
  std::function<void()> enter_server_side() const;  // for SpawnOptions::before_exec

  // Sockets made by `action` belong to the client's side for good.
  void on_client_side(const std::function<void()>& action) const;

 private:
  Fd server_namespace_, client_namespace_, own_namespace_;
  std::unique_ptr<Process> line_;
};

}  // namespace lastcall::test
