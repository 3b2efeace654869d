#include "config/nearest.h"

#include <doctest/doctest.h>

using lastcall::config::nearest;

namespace {
const std::vector<std::string> kNames{"listen", "grace", "lame_duck", "log", "stop", "stop_timeout", "stream_paths"};
}

TEST_CASE("a typing error finds the name that was meant") {
  CHECK(nearest("gracee", kNames) == "grace");
  CHECK(nearest("grcae", kNames) == "grace");  // neighbours exchanged
  CHECK(nearest("lsten", kNames) == "listen");
  CHECK(nearest("stop_timout", kNames) == "stop_timeout");
  CHECK(nearest("stream_path", kNames) == "stream_paths");
}

TEST_CASE("upper case, dashes and dots are not what a name differs by") {
  CHECK(nearest("Lame-Duck", kNames) == "lame_duck");
  CHECK(nearest("stop.timeout", kNames) == "stop_timeout");
}

TEST_CASE("a word that is far from every name gets no guess, because a wrong one misleads") {
  CHECK(nearest("instances", kNames).empty());
  CHECK(nearest("x", kNames).empty());
  CHECK(nearest("", kNames).empty());
  CHECK(nearest("grace", {}).empty());
}

TEST_CASE("a name of absurd length is not compared") { CHECK(nearest(std::string(1 << 20, 'g'), kNames).empty()); }
