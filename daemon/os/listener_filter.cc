#include "os/listener_filter.h"

#include <linux/filter.h>
#include <sys/socket.h>

namespace lastcall::os {

bool attach_syn_filter(int listener) {
  // The kernel hands a listener's filter the segment from the TCP header on, so the flags are byte 13. Only SYN without ACK is
  // dropped: the ACK that completes a handshake passes the same filter and must get through (G4).
  constexpr unsigned kFlags = 13, kSynAndAck = 0x12, kSyn = 0x02, kDrop = 0, kPass = 0xffffffff;
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlags),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kSynAndAck),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kSyn, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, kDrop),
      BPF_STMT(BPF_RET | BPF_K, kPass),
  };
  const sock_fprog filter{.len = sizeof program / sizeof program[0], .filter = program};
  return setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

void detach_filter(int fd) {
  const int unused = 0;
  (void)setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);  // ENOENT: there was none
}

}  // namespace lastcall::os
