#include "proxy_header_lines.h"

namespace lastcall::proto {
namespace {

using namespace std::string_view_literals;

constexpr ProxyLine kLines[] = {
    // Accepted: "client > server", or "local" where the connection's own ends hold.
    {"PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n", "192.0.2.7:56324 > 198.51.100.1:443"},
    {"PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n", "0.0.0.0:0 > 255.255.255.255:65535"},
    {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535 > 255.255.255.255:65535"},
    {"PROXY TCP6 2001:db8::1 ::1 1 2\r\n", "[2001:db8::1]:1 > [::1]:2"},
    {"PROXY TCP6 2001:DB8::A 2001:db8:0:0:0:0:0:1 1 2\r\n", "[2001:db8::a]:1 > [2001:db8::1]:2"},
    {"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
     "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535 > [ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
    {"PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n", "192.0.2.7:1 > [::1]:2"},
    {"PROXY UNKNOWN\r\n", "local"},
    {"PROXY UNKNOWN 192.0.2.7 198.51.100.1 56324 443\r\n", "local"},
    {"PROXY UNKNOWN anything at  all \xff\r\n", "local"},
    {"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", "local"},
    // The line itself.
    {"PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\n", "bare LF"},
    {"PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\rX", "bare CR"},
    {"PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\r\n", "bare CR"},
    {"PROXY UNKNOWN\n", "bare LF"},
    {"PROXY UNKNOWN a\rb\r\n", "bare CR"},
    {"PROXY UNKNOWN a\nb\r\n", "bare LF"},
    {"PROXY UNKNOWN a\tb\r\n", "control character"},
    {"PROXY UNKNOWN a\0b\r\n"sv, "control character"},
    {"PROXY TCP4 192.0.2.7\t198.51.100.1 56324 443\r\n", "control character"},
    {"PROXY UNKNOWN 01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901\r\n", "too long"},
    {"PROXY UNKNOWN 012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678", "too long"},
    // Spaces.
    {"PROXY  TCP4 192.0.2.7 198.51.100.1 56324 443\r\n", "unknown protocol"},
    {"PROXY TCP4  192.0.2.7 198.51.100.1 56324 443\r\n", "malformed"},
    {"PROXY TCP4 192.0.2.7  198.51.100.1 56324 443\r\n", "malformed"},
    {"PROXY TCP4 192.0.2.7 198.51.100.1 56324  443\r\n", "malformed"},
    {"PROXY TCP4 192.0.2.7 198.51.100.1 56324 443 \r\n", "malformed"},
    {"PROXY TCP4 192.0.2.7 198.51.100.1 56324 443 1\r\n", "malformed"},
    // Words.
    {"PROXY \r\n", "unknown protocol"},
    {"PROXY TCP4\r\n", "unknown protocol"},
    {"PROXY TCP\r\n", "unknown protocol"},
    {"PROXY TCP5 192.0.2.7 198.51.100.1 56324 443\r\n", "unknown protocol"},
    {"PROXY UDP4 192.0.2.7 198.51.100.1 56324 443\r\n", "unknown protocol"},
    {"PROXY tcp4 192.0.2.7 198.51.100.1 56324 443\r\n", "unknown protocol"},
    {"PROXY unknown\r\n", "unknown protocol"},
    {"PROXY UNKNOWNX\r\n", "unknown protocol"},
    // Addresses.
    {"PROXY TCP4 \r\n", "malformed"},
    {"PROXY TCP4 192.0.2.7 198.51.100.1 56324\r\n", "malformed"},
    {"PROXY TCP4 192.0.2 198.51.100.1 56324 443\r\n", "malformed"},
    {"PROXY TCP4 192.0.2.256 198.51.100.1 56324 443\r\n", "malformed"},
    {"PROXY TCP4 192.0.2.07 198.51.100.1 56324 443\r\n", "malformed"},
    {"PROXY TCP4 0xc0.0.2.7 198.51.100.1 56324 443\r\n", "malformed"},
    {"PROXY TCP4 192.0.2.7.8 198.51.100.1 56324 443\r\n", "malformed"},
    {"PROXY TCP4 ::1 ::1 56324 443\r\n", "malformed"},
    {"PROXY TCP4 192.0.2.7 localhost 56324 443\r\n", "malformed"},
    {"PROXY TCP6 192.0.2.7 198.51.100.1 56324 443\r\n", "malformed"},
    {"PROXY TCP6 [::1] ::1 56324 443\r\n", "malformed"},
    {"PROXY TCP6 fe80::1%eth0 ::1 56324 443\r\n", "malformed"},
    {"PROXY TCP6 1::2::3 ::1 56324 443\r\n", "malformed"},
    {"PROXY TCP6 00001::1 ::1 56324 443\r\n", "malformed"},
    {"PROXY TCP6 0000000000000000000000000000000000000000000000000:1 ::1 1 2\r\n", "malformed"},
    // Ports.
    {"PROXY TCP4 192.0.2.7 198.51.100.1 65536 443\r\n", "malformed"},
    {"PROXY TCP4 192.0.2.7 198.51.100.1 056324 443\r\n", "malformed"},
    {"PROXY TCP4 192.0.2.7 198.51.100.1 00 443\r\n", "malformed"},
    {"PROXY TCP4 192.0.2.7 198.51.100.1 -1 443\r\n", "malformed"},
    {"PROXY TCP4 192.0.2.7 198.51.100.1 +1 443\r\n", "malformed"},
    {"PROXY TCP4 192.0.2.7 198.51.100.1 0x1 443\r\n", "malformed"},
    {"PROXY TCP4 192.0.2.7 198.51.100.1 1 443a\r\n", "malformed"},
    // Not a header at all.
    {"GET / HTTP/1.1\r\n", "not a PROXY header"},
    {"PROXY\tTCP4", "not a PROXY header"},
    {"PROXX", "not a PROXY header"},
    {"proxy TCP4", "not a PROXY header"},
    {" PROXY TCP4", "not a PROXY header"},
    {"\r\nPROXY TCP4", "not a PROXY header"},
    {"\r\n\r\n\0\r\nQUIZ"sv, "not a PROXY header"},
    {"\x16\x03\x01", "not a PROXY header"},
};

}  // namespace

std::span<const ProxyLine> proxy_lines() { return kLines; }

}  // namespace lastcall::proto
