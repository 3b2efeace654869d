// Hostile messages through the real binary to a child that writes down what reaches it. Whatever the client sends: the child sees what
// we understood and nothing else, differently lenient servers would read the same in it, and the client gets the status that it earned.
#include "conversations.h"
#include "recording_child.h"
#include "unit/proto/hostile_requests.h"

using namespace lastcall::test;
using lastcall::proto::HostileRequest;

namespace {

struct Proxy {
  RecordingChild child;
  LastcallRun run;
  bool ready;
  explicit Proxy(const Words& flags = {}) : run(child.options(flags)), ready(child.wait_ready(run)) {}
};

std::string joined(const auto& parts) {
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty()) text += ' ';
    if constexpr (std::is_same_v<std::decay_t<decltype(part)>, int>)
      text += std::to_string(part);
    else
      text += part;
  }
  return text;
}

// Empty where every server, however lenient, sees the same requests in what reached the child; else who does not.
std::string disagreement(const Outcome& outcome) {
  for (const std::string& bytes : outcome.received) {
    const Reading strict = read_requests(bytes, {});
    for (const Leniency& leniency : all_leniencies()) {
      if (read_requests(bytes, leniency) != strict) return "a server where " + to_string(leniency) + " reads it differently:\n" + bytes;
    }
  }
  return "";
}

// "/1?": the head may have reached the child, but no whole request.
bool targets_match(const Outcome& outcome, std::string_view expected) {
  if (expected == "/1?") return outcome.targets.empty();
  return joined(outcome.targets) == expected && (!expected.empty() || outcome.received.empty());
}

std::vector<HostileRequest> single_messages() {
  std::vector<HostileRequest> all;
  for (const auto list : {lastcall::proto::hostile_request_lines(), lastcall::proto::hostile_fields(), lastcall::proto::hostile_framings()}) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

void check_single(Proxy& proxy, const HostileRequest& message, std::size_t piece) {
  CAPTURE(std::string(message.name));
  const Outcome outcome = proxy.child.converse(proxy.run.port(), message.bytes, piece);
  CAPTURE(outcome.answers);
  CAPTURE(joined(outcome.received));
  CHECK(outcome.ending == Ending::fin);
  CHECK(disagreement(outcome) == "");
  const bool accepted = message.status == 200;
  CHECK(outcome.targets.size() <= (accepted ? 1U : 0U));
  // A message that passes but does not end, as its client gives up, is answered by nobody.
  if (accepted && outcome.targets.empty()) {
    CHECK(outcome.answers.empty());
  } else {
    CHECK(outcome.statuses == std::vector<int>{message.status});
  }
  for (const std::string& target : outcome.targets) CHECK(target.find("smuggled") == std::string::npos);
}

}  // namespace

TEST_CASE("at least 150 hostile messages: the child never sees two requests where the client sent one (G80 to G91)") {
  Proxy proxy;
  REQUIRE(proxy.ready);
  const auto messages = single_messages();
  CHECK(messages.size() + conversations().size() >= 150);
  unsigned refused = 0;
  for (const HostileRequest& message : messages) {
    check_single(proxy, message, message.bytes.size());
    if (message.status != 200) ++refused;
  }
  CHECK(refused >= 150);
}

TEST_CASE("the verdict on a hostile message is the same when it comes byte by byte (G80)") {
  Proxy proxy;
  REQUIRE(proxy.ready);
  for (const HostileRequest& message : single_messages()) check_single(proxy, message, 1);
}

TEST_CASE("a client that wants to be taken for two is answered as one (G69, G77, G84 to G86)") {
  Proxy proxy;
  REQUIRE(proxy.ready);
  for (const Conversation& conversation : conversations()) {
    for (const std::size_t piece : {conversation.bytes.size(), std::size_t{1}}) {
      CAPTURE(std::string(conversation.name));
      CAPTURE(piece);
      const Outcome outcome = proxy.child.converse(proxy.run.port(), conversation.bytes, piece);
      CAPTURE(outcome.answers);
      CAPTURE(joined(outcome.received));
      CHECK(outcome.ending == Ending::fin);
      CHECK(joined(outcome.statuses) == conversation.statuses);
      CHECK(targets_match(outcome, conversation.targets));
      CHECK(disagreement(outcome) == "");
    }
  }
}

TEST_CASE("control: bytes that nobody checked do smuggle, and these tests see it") {
  Proxy wire({"--tcp"});
  REQUIRE(wire.ready);
  unsigned ambiguous = 0, smuggled = 0;
  for (const Conversation& conversation : conversations()) {
    const Outcome outcome = wire.child.converse(wire.run.port(), conversation.bytes, conversation.bytes.size());
    if (!disagreement(outcome).empty()) ++ambiguous;
    if (joined(outcome.targets).find("smuggled") != std::string::npos) ++smuggled;
  }
  CHECK(ambiguous >= 10);
  CHECK(smuggled >= 10);
}
