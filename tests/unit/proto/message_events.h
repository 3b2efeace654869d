// Feeds bytes to the parsers in pieces, as a worker does, and writes down what came out: the unit tests and the fuzzers compare these
// texts. Each call hands the parser a fresh buffer of the exact size, so that a kept slice or an overread is found by ASan.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "proto/http1_request.h"

namespace lastcall::proto {

// How many bytes arrive next, given how many are left; at least 1.
using NextPiece = std::function<std::size_t(std::size_t left)>;

NextPiece all_at_once();
NextPiece pieces_of(std::size_t size);
NextPiece split_at(std::size_t position);           // two pieces
NextPiece pseudo_random_pieces(std::uint32_t seed);  // 1 to 17 bytes each

// Heads, payloads, and where messages end, one event a line; ends with the first invalid message or the bytes left over.
std::string request_events(std::string_view bytes, const NextPiece& next, const HttpLimits& limits = {});
// One exchange's responses and the end of the connection after the last byte.
std::string response_events(std::string_view bytes, const NextPiece& next, bool request_was_head = false, const HttpLimits& limits = {});

std::string describe(const RequestHead& head);
std::string describe(const ResponseHead& head);

}  // namespace lastcall::proto
