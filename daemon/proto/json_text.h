// Any bytes as the inside of a JSON string that every parser takes (RFC 8259 section 7): control characters escaped, what is no UTF-8
// replaced by U+FFFD. Pure.
#pragma once

#include <string>
#include <string_view>

namespace lastcall::proto {

void append_json_string(std::string& out, std::string_view bytes);  // with its quotes

}  // namespace lastcall::proto
