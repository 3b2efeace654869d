#include "config/timeout_options.h"

#include "config/option_fields.h"

namespace lastcall::config {
namespace {

using S = Settings;
using T = TimeoutSettings;

template <auto Member>
constexpr auto set_timeout = set_with<parse_limit, &Settings::timeouts, Member>;
template <auto Member>
constexpr auto print_timeout = print_field<&Settings::timeouts, Member>;

constexpr std::string_view kTimeouts = "Timeouts";

}  // namespace

// clang-format off
void append_timeout_options(std::vector<Option>& table) {
  const std::vector<Option> timeouts = {
    {.name = "timeouts.idle", .type = ValueType::duration, .placeholder = "TIME", .group = kTimeouts, .default_text = "10m20s",
     .help = "A kept-alive connection without a request; longer than the load balancer's", .example = "75s",
     .set = set_timeout<&T::idle>, .print = print_timeout<&T::idle>},
    {.name = "timeouts.proxy_header", .type = ValueType::duration, .placeholder = "TIME", .group = kTimeouts, .default_text = "5s",
     .help = "A whole PROXY header, from the moment that the connection is there", .example = "5s",
     .set = set_timeout<&T::proxy_header>, .print = print_timeout<&T::proxy_header>},
    {.name = "timeouts.request_head", .type = ValueType::duration, .placeholder = "TIME", .group = kTimeouts, .default_text = "10s",
     .help = "A whole request head, from its first byte; then 408", .example = "10s",
     .set = set_timeout<&T::request_head>, .print = print_timeout<&T::request_head>},
    {.name = "timeouts.request_body", .type = ValueType::duration, .placeholder = "TIME", .group = kTimeouts, .default_text = "30s",
     .help = "A request body without a byte", .example = "30s",
     .set = set_timeout<&T::request_body>, .print = print_timeout<&T::request_body>},
    {.name = "timeouts.min_body_rate", .type = ValueType::number, .placeholder = "N", .group = kTimeouts, .default_text = "256",
     .help = "The bytes a second, on average, below which a request body is too slow; then 408; 0 for no limit", .example = "1000",
     .set = set_field<&S::timeouts, &T::min_body_rate>, .print = print_timeout<&T::min_body_rate>},
    {.name = "timeouts.slow_body", .type = ValueType::duration, .placeholder = "TIME", .group = kTimeouts, .default_text = "10s",
     .help = "How long a request body may be slower than that, from its first byte", .example = "20s",
     .set = set_timeout<&T::slow_body>, .print = print_timeout<&T::slow_body>},
    {.name = "timeouts.upstream_connect", .type = ValueType::duration, .placeholder = "TIME", .group = kTimeouts, .default_text = "10s",
     .help = "A connection to the command", .example = "1s",
     .set = set_timeout<&T::upstream_connect>, .print = print_timeout<&T::upstream_connect>},
    {.name = "timeouts.response", .type = ValueType::duration, .placeholder = "TIME", .group = kTimeouts, .default_text = "infinity",
     .help = "A response head from the command; then 504", .example = "60s",
     .set = set_timeout<&T::response>, .print = print_timeout<&T::response>},
    {.name = "timeouts.send", .type = ValueType::duration, .placeholder = "TIME", .group = kTimeouts, .default_text = "30s",
     .help = "A client that takes no bytes", .example = "30s",
     .set = set_timeout<&T::send>, .print = print_timeout<&T::send>},
    {.name = "timeouts.tunnel_idle", .type = ValueType::duration, .placeholder = "TIME", .group = kTimeouts, .default_text = "1h",
     .help = "A tunnel (WebSocket, or any connection with tcp) without a byte", .example = "1h",
     .set = set_timeout<&T::tunnel_idle>, .print = print_timeout<&T::tunnel_idle>},
    {.name = "timeouts.fin", .type = ValueType::duration, .placeholder = "TIME", .group = kTimeouts, .default_text = "30s",
     .help = "A tunnel of which one side has ended", .example = "30s",
     .set = set_timeout<&T::fin>, .print = print_timeout<&T::fin>},
    {.name = "timeouts.upstream_idle", .type = ValueType::duration, .placeholder = "TIME", .group = kTimeouts, .default_text = "4s",
     .help = "A pooled connection to the command; shorter than the command's own limit", .example = "4s",
     .set = set_timeout<&T::upstream_idle>, .print = print_timeout<&T::upstream_idle>},
    {.name = "timeouts.idle_linger", .type = ValueType::duration, .placeholder = "TIME", .group = kTimeouts, .default_text = "5s",
     .help = "While draining, an idle connection that may still speak", .example = "5s",
     .set = set_field<&S::timeouts, &T::idle_linger>, .print = print_timeout<&T::idle_linger>},
  };
  table.insert(table.end(), timeouts.begin(), timeouts.end());
}
// clang-format on

}  // namespace lastcall::config
