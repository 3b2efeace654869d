// The answers of the control socket as people read them on a screen: JSON in, text out, whatever the JSON says. Pure functions; used by
// `lastcall ctl` only.
#pragma once

#include <string>
#include <string_view>

namespace lastcall::app {

std::string ctl_text(std::string_view verb, std::string_view json);  // ends with a newline
std::string ctl_line(std::string_view state);                        // one line of a state, for status --watch
std::string ctl_error(std::string_view json);                        // the "error" of an answer
bool ctl_serving(std::string_view state);

}  // namespace lastcall::app
