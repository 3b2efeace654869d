#include <doctest/doctest.h>

#include "app/ctl_command.h"
#include "app/ctl_output.h"

using namespace lastcall::app;

namespace {

std::string why(const std::vector<std::string>& words) {
  const auto wish = parse_ctl(words);
  return wish ? "" : wish.error().message;
}

}  // namespace

TEST_CASE("ctl: options stand before or after the command, with a blank or an equals sign") {
  const auto wish = parse_ctl({"--socket=/a.sock", "stop", "--instance", "2"});
  REQUIRE(wish.ok());
  CHECK(wish.value().verb == "stop");
  CHECK(wish.value().socket == "/a.sock");
  CHECK(wish.value().instance == "2");
  CHECK(parse_ctl({"status", "--json", "--watch"}).value().watch);
  CHECK(parse_ctl({"nonsense", "--help"}).value().help);
  CHECK(parse_ctl({"loglevel", "debug"}).value().argument == "debug");
}

TEST_CASE("ctl: every mistake says what to write") {
  CHECK(why({}) == "ctl needs a command; write for example lastcall ctl status");
  CHECK(why({"statsu"}) == "ctl knows no \"statsu\"; did you mean status?");
  CHECK(why({"scale"}) == "ctl scale needs N; write for example lastcall ctl scale 2");
  CHECK(why({"loglevel"}) == "ctl loglevel needs LEVEL; write for example lastcall ctl loglevel debug");
  CHECK(parse_ctl({"help"}).value().help);
  CHECK(why({"drain", "now"}) == "ctl drain takes no \"now\"");
  CHECK(why({"stop", "a", "b"}) == "\"b\" is one word too many");
  CHECK(why({"kill"}) == "ctl kill needs --instance; the whole service ends at once by ctl stop --now");
  CHECK(why({"drain", "--now"}).starts_with("--now belongs to ctl stop"));
  CHECK(why({"jobs", "--watch"}) == "--watch belongs to ctl status");
  CHECK(why({"stop", "--instance", "x"}) == "--instance needs a number; write for example --instance 0");
  CHECK(why({"stop", "--instance"}) == "--instance needs K");
  CHECK(why({"stop", "--now=yes"}) == "--now takes no value");
  CHECK(why({"stop", "--force"}) == "ctl has no \"--force\"; lastcall ctl --help lists what it has");
}

TEST_CASE("ctl --help names every command, option and exit code") {
  const std::string help = ctl_help();
  for (const CtlVerb& verb : ctl_verbs()) CHECK(help.find("  " + std::string(verb.name)) != help.npos);
  for (const CtlFlag& flag : ctl_flags()) CHECK(help.find("  " + std::string(flag.name)) != help.npos);
  CHECK(help.find("  77 ") != help.npos);
}

TEST_CASE("ctl shows what clients wrote as text that can't steer the terminal") {
  const std::string text = ctl_text("connections", "{\"connections\":[{\"peer\":\"1.2.3.4:5\",\"kind\":\"request\",\"state\":\"sending_to_child\",\"age_ms\":1500,\"bytes_in\":10,"
                                                   "\"bytes_out\":0,\"instance\":0,\"request\":\"GET /\\u001b[2J HTTP/1.1\"}],\"complete\":false}");
  CHECK(text.find("peer       kind     for     doing             in  out  instance  request\n") == 0);
  CHECK(text.find("1.2.3.4:5  request  1.50 s  sending to child  10  0    0         GET /?[2J HTTP/1.1\n") != text.npos);
  CHECK(text.find("not complete") != text.npos);
}

TEST_CASE("ctl makes the best of an answer that says less, more, or nonsense") {
  for (const char* verb : {"status", "connections", "jobs", "drain"})
    for (const char* json : {"", "[]", "{}", "{\"phase\":1,\"instances\":{},\"connections\":3,\"jobs\":[1]}", "{\"instances\":[null,{}]}"})
      CHECK_FALSE(ctl_text(verb, json).empty());
  CHECK(ctl_error("nonsense") == "lastcall says no, and not why");
  CHECK(ctl_serving("{\"phase\":\"serving\"}"));
  CHECK_FALSE(ctl_serving("{\"phase\":\"draining\"}"));
}

TEST_CASE("status shows each copy, what runs at it and what it says of itself, and nothing that would steer a terminal") {
  const std::string state = R"({"phase":"serving","listen":":80","instances":[)"
                            R"({"instance":0,"state":"ready","pid":77,"age_ms":8000,"restarts":1,"upstream":"127.0.0.1:3000",)"
                            R"("in_flight":{"requests":2,"streams":1},"status":"12 jobs\u009b2J left"},)"
                            R"({"instance":1,"state":"backing_off","pid":0,"age_ms":0,"restarts":4,"upstream":"127.0.0.1:3001"}]})";
  const std::string text = ctl_text("status", state);
  CHECK(text.find("instance  state        pid  up for  restarts  requests  streams  upstream        says\n"
                  "0         ready        77   8.00 s  1         2         1        127.0.0.1:3000  12 jobs??2J left\n"
                  "1         backing_off  -    0 ms    4         0         0        127.0.0.1:3001  \n") != text.npos);
  const std::string bare = ctl_text("status", R"({"phase":"serving","instances":[{"instance":0,"state":"ready","pid":7,"age_ms":1,"restarts":0}]})");
  CHECK(bare.find("instance  state  pid  up for  restarts\n0         ready  7    1 ms    0\n") != bare.npos);
}

TEST_CASE("at the very end status has the exit code in place of a deadline that nobody needs any more") {
  const std::string text = ctl_text("status", R"({"phase":"exiting","deadline_left_ms":26400,"stop":{"exit_code":1,"exit_reason":"a request or job was dropped"}})");
  CHECK(text.starts_with("phase    exiting, exit code 1: a request or job was dropped\n"));
}

TEST_CASE("what ctl is told is judged before anybody is asked") {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"scale", "x"}, {"scale", "-1"}, {"scale", "2, \"a\": 1"}, {"loglevel", "verbose"}, {"loglevel", "\"}"}}) {
    CAPTURE(words[1]);
    CHECK_FALSE(parse_ctl(words));
  }
  CHECK(parse_ctl({"scale", "x"}).error().message == "ctl scale needs a number; write for example lastcall ctl scale 2");
  CHECK(parse_ctl({"loglevel", "verbose"}).error().message == "\"verbose\" is none of debug, info, warn, error, off");
  CHECK(parse_ctl({"loglevel", "debug"}));
}

TEST_CASE("the phases of a stop are those since it began, not those of a drain that was taken back") {
  const std::string phase = R"("ms":5,"planned_ms":null,"why":"x"})";
  const std::string text = ctl_text("status", R"({"phase":"draining","shutting_down":true,"phases":[{"phase":"starting",)" + phase + R"(,{"phase":"serving",)" + phase +
                                                  R"(,{"phase":"lame_duck",)" + phase + R"(,{"phase":"serving",)" + phase + R"(,{"phase":"draining",)" + phase + "]}");
  CHECK(text.ends_with("\n\nphase     used  planned  began by\ndraining  5 ms  -        x\n"));
}
