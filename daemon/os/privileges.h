// Who a process runs as, and giving up what it does not need. A static binary has no NSS: users come from /etc/passwd and /etc/group
// alone (decision 14). Used by the supervisor (child, control socket) and by a worker that was started as root.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lastcall::os {

struct Credentials {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary ones, complete
  bool operator==(const Credentials&) const = default;
};

struct User {
  Credentials credentials;
  std::string name;  // empty for a bare number without an entry
  std::string home;  // "/" where unknown
};

// "name", "name:group", "1000", "1000:1000". A number needs no entry; a name's supplementary groups come from /etc/group.
Result<User> find_user(std::string_view text);
Result<gid_t> find_group(std::string_view text);  // "name" or "1000"

// Groups, gid, uid, in this order, real, effective and saved; then checks that there is no way back.
Status become(const Credentials& credentials);

// No set-uid program can raise privileges again, for this process and all below it.
Status set_no_new_privileges();

}  // namespace lastcall::os
