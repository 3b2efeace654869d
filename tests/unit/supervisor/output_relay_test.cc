// Children's lines on their way through us; the test holds the writing ends as a child does, and reads what comes out.
#include "supervisor/output_relay.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"
#include "fixture.h"
#include "os/log_writer.h"
#include "supervisor/instance_output.h"

namespace lastcall::supervisor {
namespace {

using test::Supervised;

struct Pipe {
  UniqueFd reading, writing;
  Pipe() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    reading.reset(ends[0]);
    writing.reset(ends[1]);
    ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  }
  std::string take(std::size_t at_most = ~std::size_t{0}) {
    std::string text;
    char buffer[4096];
    while (text.size() < at_most) {
      const ssize_t size = ::read(reading.get(), buffer, std::min(sizeof buffer, at_most - text.size()));
      if (size <= 0) break;
      text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
  }
};

std::size_t write_all(int fd, std::string_view text) {
  const ssize_t size = ::write(fd, text.data(), text.size());
  return size < 0 ? 0 : static_cast<std::size_t>(size);
}

// As many whole lines as go in without waiting.
std::size_t fill(int fd, std::string_view line) {
  const int flags = ::fcntl(fd, F_GETFL);
  ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  std::size_t lines = 0;
  while (::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size())) ++lines;
  ::fcntl(fd, F_SETFL, flags);
  return lines;
}

struct Relayed {
  explicit Relayed(config::OutputMode mode, bool one_file = false)
      : relay(process.loop, options(mode, one_file), [this] { settled = true; }), first(open("0")) {}
  ~Relayed() {
    os::open_log_writer();
    configure_log({});
  }

  OutputOptions options(config::OutputMode mode, bool one_file) {
    os::open_log_writer(one_file ? out.writing.get() : err.writing.get());
    LogSettings log;
    log.writer = os::write_log;
    configure_log(log);
    return {.mode = mode, .descriptors = {out.writing.get(), one_file ? out.writing.get() : err.writing.get()}};
  }
  std::unique_ptr<InstanceOutput> open(const std::string& instance) {
    auto opened = InstanceOutput::open(relay, {.instance = instance, .name = "web." + instance});
    REQUIRE(opened.ok());
    return std::move(opened).value();
  }
  // Every turn's output, until `done` says so of all of it.
  bool read_until(const std::function<bool(const std::string&)>& done) {
    return process.run_until([&] {
      text += out.take();
      return done(text);
    });
  }

  Supervised process;
  Pipe out, err;
  bool settled = false;
  std::string text;
  OutputRelay relay;
  std::unique_ptr<InstanceOutput> first;
};

int out_of(const InstanceOutput& output) { return output.descriptors()[0].first; }
int err_of(const InstanceOutput& output) { return output.descriptors()[1].first; }

TEST_CASE("lines leave with their instance's name, each stream where it belongs, and the last needs no newline") {
  Relayed relayed(config::OutputMode::prefix);
  write_all(out_of(*relayed.first), "one\ntwo\nlast");
  write_all(err_of(*relayed.first), "trouble\n");
  std::string trouble;
  CHECK(relayed.process.run_until([&] {
    relayed.text += relayed.out.take();
    trouble += relayed.err.take();
    return relayed.text == "[web.0] one\n[web.0] two\n" && trouble == "[web.0] trouble\n";
  }));
  relayed.first->ended();
  CHECK(relayed.out.take() == "[web.0] last\n");
}

TEST_CASE("what a life left in the pipe is its own, and the next life begins a line of its own") {
  Relayed relayed(config::OutputMode::prefix);
  write_all(out_of(*relayed.first), "first life");  // and nobody has read it yet
  relayed.first->ended();
  write_all(out_of(*relayed.first), "second life\n");
  CHECK(relayed.read_until([](const std::string& text) { return text == "[web.0] first life\n[web.0] second life\n"; }));
}

TEST_CASE("lines of two instances never mix, however the bytes come") {
  Relayed relayed(config::OutputMode::prefix);
  const auto second = relayed.open("1");
  for (int i = 0; i < 3; ++i) {
    write_all(out_of(*relayed.first), "aaaa");
    write_all(out_of(*second), "bbbb");
    CHECK(relayed.process.run_until([&, turns = 0]() mutable { return ++turns == 3; }));
  }
  write_all(out_of(*second), "\n");
  CHECK(relayed.read_until([](const std::string& text) { return text == "[web.1] bbbbbbbbbbbb\n"; }));
  write_all(out_of(*relayed.first), "\n");
  CHECK(relayed.read_until([](const std::string& text) { return text == "[web.1] bbbbbbbbbbbb\n[web.0] aaaaaaaaaaaa\n"; }));
}

TEST_CASE("both of our descriptors may be one file: then it has one queue, and its lines stay whole") {
  Relayed relayed(config::OutputMode::prefix, true);
  CHECK(&relayed.relay.sink(OutputStream::standard_output) == &relayed.relay.sink(OutputStream::standard_error));
  write_all(out_of(*relayed.first), "out\n");
  write_all(err_of(*relayed.first), "err\n");
  CHECK(relayed.read_until([](const std::string& text) {
    return text == "[web.0] out\n[web.0] err\n" || text == "[web.0] err\n[web.0] out\n";
  }));
}

TEST_CASE("a part of a line that is too long says that it goes on, in both forms") {
  const std::string line(proto::kLongestLine + 10, 'x');
  {
    Relayed relayed(config::OutputMode::prefix);
    write_all(out_of(*relayed.first), line + "\nnext\n");
    const std::string wanted = "[web.0] " + line.substr(0, proto::kLongestLine) + "\n[web.0+] xxxxxxxxxx\n[web.0] next\n";
    CHECK(relayed.read_until([&](const std::string& text) { return text == wanted; }));
  }
  Relayed relayed(config::OutputMode::json);
  relayed.first->started(77);
  write_all(out_of(*relayed.first), line + "\n");
  CHECK(relayed.read_until([](const std::string& text) { return text.ends_with("\"message\":\"xxxxxxxxxx\"}\n"); }));
  CHECK(relayed.text.find("\",\"partial\":true}\n{\"time\":") != std::string::npos);
  CHECK(relayed.text.find("Z\",\"stream\":\"stdout\",\"pid\":77,\"instance\":\"0\",\"message\":\"xxx") != std::string::npos);
}

TEST_CASE("whoever watches sees each line, and without a form of our own the bytes pass as they are") {
  struct Watcher : LineObserver {
    void on_output_line(OutputStream stream, std::string_view line) override {
      seen += (stream == OutputStream::standard_error ? "err:" : "out:") + std::string(line) + ";";
    }
    std::string seen;
  } watcher;
  Relayed relayed(config::OutputMode::pass);
  relayed.first->observe(&watcher);
  write_all(err_of(*relayed.first), "booting\n");
  CHECK(relayed.process.run_until([&] { return watcher.seen == "err:booting;"; }));
  write_all(out_of(*relayed.first), "listening \xff\r\nrest");
  CHECK(relayed.read_until([](const std::string& text) { return text == "listening \xff\r\n"; }));
  relayed.first->ended();
  CHECK(relayed.out.take() == "rest");
  CHECK(watcher.seen == "err:booting;out:listening \xff\r;out:rest;");
}

TEST_CASE("a reader who takes nothing makes the child wait, and nothing is lost once it goes on") {
  Relayed relayed(config::OutputMode::prefix);
  const std::string line = std::string(63, 'x') + "\n";
  std::size_t lines = 0;
  CHECK(relayed.process.run_until([&, quiet = 0]() mutable {
    const std::size_t more = fill(out_of(*relayed.first), line);
    lines += more;
    quiet = more == 0 ? quiet + 1 : 0;
    return quiet > 20;  // it can't write any more
  }));
  CHECK(lines < 8000);  // our queue and the two pipes
  const std::size_t wanted = lines * (line.size() + 8);
  CHECK(relayed.read_until([&](const std::string& text) { return text.size() >= wanted; }));
  CHECK(relayed.text.size() == wanted);
}

TEST_CASE("while the service ends, a stuck reader is waited for no longer than told; then lines are dropped and counted") {
  Relayed relayed(config::OutputMode::prefix);
  const std::string line = std::string(63, 'x') + "\n";
  std::size_t lines = 0;
  relayed.relay.service_ends(milliseconds(50));
  CHECK(relayed.process.run_until([&] {
    lines += fill(out_of(*relayed.first), line);
    return lines > 50'000;  // the child is not held up
  }));
  OutputSink& sink = relayed.relay.sink(OutputStream::standard_output);
  CHECK(sink.dropped_lines() > 0);
  relayed.relay.finish();
  CHECK(relayed.relay.settled());
  const std::string kept = relayed.out.take();
  CHECK(kept.size() / (line.size() + 8) + sink.dropped_lines() >= lines);
  CHECK(kept.size() / (line.size() + 8) + sink.dropped_lines() <= lines + 1);  // a line that was cut counts as kept
  relayed.relay.give_up();
  CHECK(relayed.err.take().find("output_dropped") != std::string::npos);
}

TEST_CASE("a slow reader is no stuck one: it gets everything, also when the service ends") {
  Relayed relayed(config::OutputMode::prefix);
  relayed.relay.service_ends(milliseconds(200));
  std::size_t lines = 0;
  while (lines < 1000) lines += fill(out_of(*relayed.first), std::string(63, 'x') + "\n");
  CHECK(relayed.process.run_until([&, turns = 0]() mutable { return ++turns == 5; }));
  relayed.first->ended();
  relayed.relay.finish();
  CHECK(relayed.process.run_until([&] {
    relayed.text += relayed.out.take(2000);
    return relayed.settled || relayed.relay.settled();
  }));
  relayed.text += relayed.out.take();
  CHECK(relayed.text.size() == lines * 72);
  CHECK(relayed.relay.sink(OutputStream::standard_output).dropped_lines() == 0);
}

TEST_CASE("a reader who is gone is told to the child as it would be without us: by EPIPE") {
  Relayed relayed(config::OutputMode::prefix);
  relayed.out.reading.reset();
  write_all(out_of(*relayed.first), "hello\n");
  CHECK(relayed.process.run_until([&] { return relayed.err.take().find("output_reader_gone") != std::string::npos; }));
  errno = 0;
  CHECK(write_all(out_of(*relayed.first), "hello\n") == 0);
  CHECK(errno == EPIPE);
  relayed.relay.finish();
  CHECK(relayed.relay.settled());
}

}  // namespace
}  // namespace lastcall::supervisor
