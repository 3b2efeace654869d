// The lines of a child's output: split, and written on.
#include "proto/output_line.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "proto/json_text.h"

namespace lastcall::proto::test {
namespace {

using Seen = std::vector<std::pair<std::string, LineEnd>>;

// The bytes cut at `cuts`, fed one after the other.
Seen lines_of(std::string_view bytes, std::vector<std::size_t> cuts, std::size_t longest = kLongestLine) {
  Seen seen;
  const LineHandler note = [&](std::string_view text, LineEnd end) { seen.emplace_back(text, end); };
  LineSplitter splitter(longest);
  std::size_t from = 0;
  cuts.push_back(bytes.size());
  for (const std::size_t cut : cuts) {
    splitter.feed(bytes.substr(from, cut - from), note);
    from = cut;
  }
  splitter.finish(note);
  return seen;
}

std::string json_string(std::string_view bytes) {
  std::string out;
  append_json_string(out, bytes);
  return out;
}

TEST_CASE("lines end at a newline, and the last one need not have one") {
  CHECK(lines_of("one\n\ntwo\r\nlast", {}) ==
        Seen{{"one", LineEnd::newline}, {"", LineEnd::newline}, {"two\r", LineEnd::newline}, {"last", LineEnd::missing}});
  CHECK(lines_of("one\n", {}) == Seen{{"one", LineEnd::newline}});
  CHECK(lines_of("", {}).empty());
}

TEST_CASE("a line of exactly the bound is whole, one byte more makes two parts") {
  CHECK(lines_of("12345678\n", {}, 8) == Seen{{"12345678", LineEnd::newline}});
  CHECK(lines_of("123456789\n", {}, 8) == Seen{{"12345678", LineEnd::cut}, {"9", LineEnd::newline}});
  CHECK(lines_of("123456781234567812", {}, 8) == Seen{{"12345678", LineEnd::cut}, {"12345678", LineEnd::cut}, {"12", LineEnd::missing}});
}

TEST_CASE("no part ends inside a UTF-8 character; what is none is cut at the bound") {
  CHECK(lines_of("1234567\xc3\xa9!\n", {}, 8) == Seen{{"1234567", LineEnd::cut}, {"\xc3\xa9!", LineEnd::newline}});
  CHECK(lines_of("12345\xf0\x9f\x8d\xba!\n", {}, 8) == Seen{{"12345", LineEnd::cut}, {"\xf0\x9f\x8d\xba!", LineEnd::newline}});
  CHECK(lines_of("\x80\x80\x80\x80\x80\x80\x80\x80\x80\n", {}, 8) ==
        Seen{{"\x80\x80\x80\x80\x80\x80\x80\x80", LineEnd::cut}, {"\x80", LineEnd::newline}});
}

TEST_CASE("any split of the same bytes gives the same lines, and together they are the bytes") {
  std::mt19937 random(4711);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 60, '\0');
    for (char& c : bytes) c = "ab\n\xc3\xa9\xf0\x9f\x8d\xba\x80\xff\r"[random() % 11];
    const Seen whole = lines_of(bytes, {}, 8);
    std::vector<std::size_t> cuts;
    for (std::size_t at = 0; at < bytes.size(); ++at)
      if (random() % 3 == 0) cuts.push_back(at);
    REQUIRE(lines_of(bytes, cuts, 8) == whole);
    std::string again;
    for (const auto& [text, end] : whole) append_plain(again, {text, end});
    REQUIRE(again == bytes);
  }
}

TEST_CASE("a prefixed line names the instance; a part of a long one says that it goes on") {
  std::string out;
  append_prefixed(out, {"web.0"}, {"hello"});
  append_prefixed(out, {"web.0", 0, true}, {"rest", LineEnd::missing});
  append_prefixed(out, {"web.1", 32}, {""});
  CHECK(out == "[web.0] hello\n[web.0+] rest\n\033[32m[web.1]\033[0m \n");
}

TEST_CASE("a line as JSON says when, where from and whether more of it follows") {
  std::string out;
  append_json_line(out, {"2026-01-01T00:00:00.000Z", "stderr", 7, "0"}, {"say \"hi\"", LineEnd::cut});
  append_json_line(out, {"2026-01-01T00:00:00.000Z", "stdout", 7, "0"}, {"", LineEnd::missing});
  CHECK(out ==
        "{\"time\":\"2026-01-01T00:00:00.000Z\",\"stream\":\"stderr\",\"pid\":7,\"instance\":\"0\",\"message\":\"say \\\"hi\\\"\",\"partial\":true}\n"
        "{\"time\":\"2026-01-01T00:00:00.000Z\",\"stream\":\"stdout\",\"pid\":7,\"instance\":\"0\",\"message\":\"\"}\n");
}

TEST_CASE("any bytes make a JSON string: UTF-8 stays, the rest is replaced, control characters are escaped") {
  CHECK(json_string("a\tb\n\x01\x7f\\\"") == "\"a\\tb\\n\\u0001\\u007f\\\\\\\"\"");
  CHECK(json_string("h\xc3\xa9 \xf0\x9f\x8d\xba") == "\"h\xc3\xa9 \xf0\x9f\x8d\xba\"");
  const std::string_view replacement = "\xef\xbf\xbd";
  const auto replaced = [&](std::size_t times) {
    std::string text = "\"";
    while (times-- > 0) text += replacement;
    return text + "\"";
  };
  CHECK(json_string("\xff") == replaced(1));
  CHECK(json_string("\xc3") == replaced(1));              // cut off
  CHECK(json_string("\xc0\xaf") == replaced(2));          // overlong
  CHECK(json_string("\xed\xa0\x80") == replaced(3));      // a surrogate
  CHECK(json_string("\xf4\x90\x80\x80") == replaced(4));  // above U+10FFFF
  CHECK(json_string(std::string_view("\0", 1)) == "\"\\u0000\"");
}

}  // namespace
}  // namespace lastcall::proto::test
