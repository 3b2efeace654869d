// Our own answers: 400, 408, 413, 414, 431, 501, 502, 503, 504, 505, 508, in the shape of G54 (status, Retry-After on 503, close, length,
// no-store, a tiny body). Worker and supervisor.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lastcall::proto {

// A whole response, ready to send, that announces close. `why`: one short clause for the body, may be empty. `page`: the user's own body
// instead, HTML if it begins with '<'.
std::string make_reply(std::uint16_t status, std::string_view why, bool head_only = false, std::string_view page = {});

// The answers for which a user may have a page: the child is not there, or did not answer.
constexpr bool takes_page(std::uint16_t status) { return status == 502 || status == 503 || status == 504; }
std::string_view reason_phrase(std::uint16_t status);

}  // namespace lastcall::proto
