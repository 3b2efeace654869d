#include "hostile_requests.h"

namespace lastcall::proto {
namespace {

using namespace std::string_view_literals;

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define GET_WITHOUT_HOST "GET / HTTP/1.1\r\n"

constexpr HostileRequest kRequests[] = {
    // Host (G83).
    {"no Host", GET_WITHOUT_HOST "\r\n", 400},
    {"no Host in HTTP/1.0 passes", "GET / HTTP/1.0\r\n\r\n", 200},
    {"two Hosts", GET "Host: b\r\n\r\n", 400},
    {"two equal Hosts", GET "Host: a\r\n\r\n", 400},
    {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"two Hosts in different case", GET "hOsT: b\r\n\r\n", 400},
    {"Host and a space before the colon", GET_WITHOUT_HOST "Host : a\r\n\r\n", 400},
    {"an empty Host passes", GET_WITHOUT_HOST "Host:\r\n\r\n", 200},
    {"Host with a path", GET_WITHOUT_HOST "Host: a/b\r\n\r\n", 400},
    {"Host with userinfo", GET_WITHOUT_HOST "Host: u@a\r\n\r\n", 400},
    {"Host with a space", GET_WITHOUT_HOST "Host: a b\r\n\r\n", 400},
    {"Host with a tab", GET_WITHOUT_HOST "Host: a\tb\r\n\r\n", 400},
    {"Host with a query", GET_WITHOUT_HOST "Host: a?b\r\n\r\n", 400},
    {"Host with a fragment", GET_WITHOUT_HOST "Host: a#b\r\n\r\n", 400},
    {"Host with a backslash", GET_WITHOUT_HOST "Host: a\\b\r\n\r\n", 400},
    {"Host with angle brackets", GET_WITHOUT_HOST "Host: <script>\r\n\r\n", 400},
    {"Host with raw UTF-8", GET_WITHOUT_HOST "Host: caf\xc3\xa9\r\n\r\n", 400},
    {"Host with a word as port", GET_WITHOUT_HOST "Host: a:http\r\n\r\n", 400},
    {"Host with two ports", GET_WITHOUT_HOST "Host: a:1:2\r\n\r\n", 400},
    {"Host with a negative port", GET_WITHOUT_HOST "Host: a:-1\r\n\r\n", 400},
    {"Host with a port of six digits", GET_WITHOUT_HOST "Host: a:123456\r\n\r\n", 400},
    {"a port alone", GET_WITHOUT_HOST "Host: :80\r\n\r\n", 400},
    {"IPv6 without brackets", GET_WITHOUT_HOST "Host: ::1\r\n\r\n", 400},
    {"IPv6 that does not end", GET_WITHOUT_HOST "Host: [::1\r\n\r\n", 400},
    {"IPv6 with bytes after it", GET_WITHOUT_HOST "Host: [::1]x\r\n\r\n", 400},
    {"brackets without an address", GET_WITHOUT_HOST "Host: []\r\n\r\n", 400},
    {"brackets around a name", GET_WITHOUT_HOST "Host: [name]\r\n\r\n", 400},
    {"IPv6 and a port pass", GET_WITHOUT_HOST "Host: [::1]:8080\r\n\r\n", 200},
    {"a name and a port pass", GET_WITHOUT_HOST "Host: a.example:8080\r\n\r\n", 200},
    {"an empty port passes", GET_WITHOUT_HOST "Host: a:\r\n\r\n", 200},

    // Field lines (G81, G87).
    {"obs-fold with a space", GET "X: a\r\n b\r\n\r\n", 400},
    {"obs-fold with a tab", GET "X: a\r\n\tb\r\n\r\n", 400},
    {"obs-fold of the first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"obs-fold that hides a Content-Length", "POST / HTTP/1.1\r\nHost: a\r\nX: a\r\n Content-Length: 5\r\n\r\n", 400},
    {"obs-fold of white space alone", GET "X: a\r\n \r\n\r\n", 400},
    {"obs-fold inside Transfer-Encoding", GET "Transfer-Encoding:\r\n chunked\r\n\r\n", 400},
    {"a line without a colon", GET "X\r\n\r\n", 400},
    {"a line of white space", GET " \r\n\r\n", 400},
    {"empty name", GET ": a\r\n\r\n", 400},
    {"space before the colon", GET "X : a\r\n\r\n", 400},
    {"tab before the colon", GET "X\t: a\r\n\r\n", 400},
    {"space in a name", GET "X Y: a\r\n\r\n", 400},
    {"parenthesis in a name", GET "X(Y): a\r\n\r\n", 400},
    {"slash in a name", GET "X/Y: a\r\n\r\n", 400},
    {"at sign in a name", GET "X@Y: a\r\n\r\n", 400},
    {"brackets in a name", GET "X[Y]: a\r\n\r\n", 400},
    {"quotes in a name", GET "\"X\": a\r\n\r\n", 400},
    {"byte above 127 in a name", GET "X\xc3\xa9: a\r\n\r\n", 400},
    {"NUL in a name", GET "X\0Y: a\r\n\r\n"sv, 400},
    {"NUL in a value", GET "X: a\0b\r\n\r\n"sv, 400},
    {"NUL ends a value", GET "X: a\0\r\n\r\n"sv, 400},
    {"bell in a value", GET "X: a\ab\r\n\r\n", 400},
    {"escape in a value", GET "X: \x1b[31m\r\n\r\n", 400},
    {"form feed in a value", GET "X: a\fb\r\n\r\n", 400},
    {"vertical tab in a value", GET "X: a\vb\r\n\r\n", 400},
    {"DEL in a value", GET "X: a\x7f\r\n\r\n", 400},
    {"0x01 far into a long value", GET "X: 0123456789abcdef0123456789abcdef\x01 0123456789abcdef\r\n\r\n", 400},
    {"bare CR in a value", GET "X: a\rb\r\n\r\n", 400},
    {"bare CR that hides a field", GET "X: a\rContent-Length: 5\r\n\r\n", 400},
    {"CR before the end of a line", GET "X: a\r\r\n\r\n", 400},
    {"bare LF ends a line", GET "X: a\nY: b\r\n\r\n", 400},
    {"bare LF ends the head", GET "X: a\r\n\nGET /smuggled HTTP/1.1\r\n\r\n", 400},
    {"bare LF after a first CRLF", GET "\n", 400},
    {"CR CR LF ends the head", GET "\r\r\n", 400},
    {"CR and a byte instead of the last LF", GET "\rX: a\r\n\r\n", 400},
    {"a tab in a value passes", GET "X: a\tb\r\n\r\n", 200},
    {"bytes above 127 in a value pass", GET "X: caf\xc3\xa9 \xff\r\n\r\n", 200},
    {"an empty value passes", GET "X:\r\n\r\n", 200},
    {"a value of white space passes", GET "X: \t \r\n\r\n", 200},
    {"a name with an underscore passes", GET "X_Y: a\r\n\r\n", 200},
    {"every character of a token passes", GET "!#$%&'*+-.^_`|~09azAZ: a\r\n\r\n", 200},
    {"colons in a value pass", GET "X:::a:b\r\n\r\n", 200},

    // Connection.
    {"a Connection that names Host passes and changes nothing", GET "Connection: Host\r\n\r\n", 200},
    {"a Connection with nonsense passes", GET "Connection: ,, \"a b\" ,;\r\n\r\n", 200},
    {"64 connection options pass",
     GET "Connection: a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\r\n"
         "Connection: a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\r\n\r\n",
     200},
    {"65 connection options",
     GET "Connection: a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\r\n"
         "Connection: a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\r\n\r\n",
     400},
    {"an Upgrade to h2c is not believed", GET "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n\r\n", 200},
};

}  // namespace

std::span<const HostileRequest> hostile_fields() { return kRequests; }

}  // namespace lastcall::proto
