// Which names the admin port answers to. It asks nobody for a password, so a web page that has its own name resolved to our address (DNS rebinding)
// would read everything with the browser of somebody who may connect: such a request still names that page's host. Addresses, localhost and
// names without a dot, which nobody can register, pass; others only where the user listed them. Pure functions; supervisor process only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lastcall::control {

// `host`: of a parsed request, perhaps with a port, or empty (HTTP/1.0). `names`: in lower case, "*" for any.
bool answers_to(std::string_view host, const std::vector<std::string>& names);

// "shop.example" of "shop.example:9901".
std::string_view without_port(std::string_view host);

}  // namespace lastcall::control
