// The sockets that clients connect to: bound and listening from the start (decision 9), kept for the whole life, passed down to every
// worker. The supervisor never accepts from them while a worker lives, with one exception: the last sweep, which hands what the workers'
// own sweeps left over to a living worker and closes in the same turn (docs/design.md 1.1). Owned by the app; supervisor process only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace lastcall::supervisor {

class Listeners {
 public:
  // All of them or none. The message names the address, who holds it where /proc says so, and what to do; exit_code() has the status.
  static Result<Listeners> open(const std::vector<Address>& addresses);
  static int exit_code(const Error& error);
  // Why nobody can listen there, and what to do; `option` is where the user named the place ("--admin").
  static Error explain(const Address& address, Error error, const std::string& option);

  Listeners() = default;
  Listeners(Listeners&&) noexcept = default;
  Listeners& operator=(Listeners&&) noexcept = default;
  ~Listeners() { close(); }

  bool open() const { return !entries_.empty(); }
  std::vector<int> descriptors() const;  // in the order of the settings
  std::string describe() const;          // "[::]:8080, unix:/run/app.sock"; what was really bound

  // New clients are turned away without a reset, handshakes under way may finish (G4); silently nothing where the kernel refuses.
  void refuse_new();
  // Takes what is left in the queues and closes. `hand_over` gets each connection with the index of its listener. The number taken.
  std::size_t sweep_and_close(const std::function<void(std::uint32_t listener, UniqueFd connection)>& hand_over);
  void close();

 private:
  struct Entry {
    UniqueFd socket;
    Address address;          // as bound: a port of 0 has become a real one
    std::uint64_t inode = 0;  // of a Unix socket's path: we unlink only what is still ours
  };
  std::vector<Entry> entries_;
};

}  // namespace lastcall::supervisor
