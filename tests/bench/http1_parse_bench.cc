// What one message costs us to read and to write on: heads as a browser sends them and as a Node child answers them, and a chunked body; in
// time, and in `allocations` a message.
// Build it with -DCMAKE_BUILD_TYPE=Release: `ninja lastcall_bench_http1_parse`.
#include <benchmark/benchmark.h>

#include <string>

#include "allocation_count.h"
#include "proto/http1_response.h"
#include "proto/http_forward.h"
#include "proto/http_syntax.h"
#include "proto/request_route.h"

namespace lastcall::proto {
namespace {

// Counts while it lives; what the first messages let the scratch grow to is shared by all of them.
class Allocations {
 public:
  explicit Allocations(benchmark::State& state) : state_(state) {}
  ~Allocations() {
    state_.counters["allocations"] = benchmark::Counter(static_cast<double>(allocation_count() - before_), benchmark::Counter::kAvgIterations);
  }

 private:
  benchmark::State& state_;
  const std::uint64_t before_ = allocation_count();
};

constexpr std::string_view kBrowser =
    "GET /assets/app-7f3a9c.js?v=12345 HTTP/1.1\r\nHost: www.example.com\r\nConnection: keep-alive\r\n"
    "sec-ch-ua: \"Chromium\";v=\"124\", \"Google Chrome\";v=\"124\", \"Not-A.Brand\";v=\"99\"\r\nsec-ch-ua-mobile: ?0\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36\r\n"
    "sec-ch-ua-platform: \"Linux\"\r\nAccept: */*\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: no-cors\r\n"
    "Sec-Fetch-Dest: script\r\nReferer: https://www.example.com/\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; _ga=GA1.2.1234567890.1700000000\r\n\r\n";
constexpr std::string_view kMinimal = "GET / HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n";
constexpr std::string_view kNode =
    "HTTP/1.1 200 OK\r\nX-Powered-By: Express\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 27\r\n"
    "ETag: W/\"1b-abcdefghijklmnopqrstuvwxyz0\"\r\nDate: Sat, 22 Nov 2025 12:00:00 GMT\r\nConnection: keep-alive\r\n"
    "Keep-Alive: timeout=5\r\n\r\n";

void request(benchmark::State& state, std::string_view bytes, bool forward) {
  const ForwardPolicy policy{.pseudonym = "lastcall-0123456789abcdef"};
  const ClientFacts client{.host = "192.0.2.7", .port = 8080};
  RequestParser parser({});
  RequestHead head;
  std::string out;
  const Allocations allocations(state);
  for (auto _ : state) {
    parser.reset();
    if (parser.parse_head(bytes, head).what != HeadStep::What::done) return state.SkipWithError("refused");
    out.clear();
    if (forward && !route_request(head, policy, client)) append_request_head(out, head, policy, client);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}

// The same head read by somebody who believes everything: what remains when every check of G80 to G90 is taken out. The difference to
// browser_parse is what the checks cost together.
bool read_credulously(std::string_view bytes, RequestHead& head) {
  auto fields = std::move(head.fields);
  fields.clear();
  head = {};
  head.fields = std::move(fields);
  std::size_t end = bytes.find("\r\n");
  const std::string_view line = bytes.substr(0, end);
  const std::size_t first = line.find(' '), last = line.rfind(' ');
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  head.is_head = head.method == "HEAD";
  for (std::size_t begin = end + 2; begin < bytes.size(); begin = end + 1) {
    end = bytes.find('\n', begin);
    if (end == begin + 1) return true;
    Field& field = head.fields.emplace_back();
    field.line = bytes.substr(begin, end + 1 - begin);
    const std::size_t colon = field.line.find(':');
    field.name = field.line.substr(0, colon);
    field.value = trim(field.line.substr(colon + 1, field.line.size() - colon - 3));
    field.id = field_id(field.name);
    head.present = head.present | field.id;
    if (field.id == FieldId::host) head.host = field.value;
    if (field.id == FieldId::connection) field.hop_by_hop = true;
  }
  return false;
}

void credulous(benchmark::State& state, std::string_view bytes) {
  RequestHead head;
  const Allocations allocations(state);
  for (auto _ : state) {
    if (!read_credulously(bytes, head)) return state.SkipWithError("refused");
    benchmark::DoNotOptimize(head.fields.data());
  }
}

void response(benchmark::State& state, std::string_view bytes) {
  ResponseParser parser({});
  ResponseHead head;
  std::string out;
  const Allocations allocations(state);
  for (auto _ : state) {
    parser.reset(false);
    if (parser.parse_head(bytes, head).what != HeadStep::What::done) return state.SkipWithError("refused");
    out.clear();
    append_response_head(out, head, {});
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}

void chunks(benchmark::State& state) {
  std::string body;
  for (int i = 0; i < 16; ++i) {
    append_chunk_header(body, 1024);
    body.append(1024, 'x').append(kChunkEnd);
  }
  body.append("0\r\n\r\n");
  RequestParser parser({});
  RequestHead head;
  std::vector<std::string_view> slices;
  const Allocations allocations(state);
  for (auto _ : state) {
    parser.reset();
    parser.parse_head("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", head);
    slices.clear();
    if (!parser.parse_body(body, slices).complete) return state.SkipWithError("refused");
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}

BENCHMARK_CAPTURE(credulous, browser, kBrowser);
BENCHMARK_CAPTURE(request, browser_parse, kBrowser, false);
BENCHMARK_CAPTURE(request, browser_parse_and_forward, kBrowser, true);
BENCHMARK_CAPTURE(request, minimal_parse_and_forward, kMinimal, true);
BENCHMARK_CAPTURE(response, node_parse_and_forward, kNode);
BENCHMARK(chunks);

}  // namespace
}  // namespace lastcall::proto

BENCHMARK_MAIN();
