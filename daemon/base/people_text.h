// Small texts for people: rounded durations, counted nouns. Never for machines, which get plain numbers. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace lastcall {

std::string people_duration(Duration value);  // "0 ms", "512 ms", "1.52 s", "20.8 s", "2m 05s", "1h 03m", "no limit"
// Breaks between words, so that no line passes column `width`; every line but the first begins with `indent` spaces, and the first is taken
// to begin there, too.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width);
// On one line and without a byte that could steer a terminal: control characters (C0, DEL, and C1 in UTF-8) and what is no UTF-8 become '?', one
// for each byte. Whole characters of the first `longest` bytes are kept.
std::string plain_line(std::string_view text, std::size_t longest = std::string_view::npos);
std::string counted(std::uint64_t count, std::string_view noun);  // "0 requests", "1 request"

}  // namespace lastcall
