#include "hostile_requests.h"

namespace lastcall::proto {
namespace {

using namespace std::string_view_literals;

#define HOST "Host: a\r\n"
#define END "Host: a\r\n\r\n"

constexpr HostileRequest kRequests[] = {
    // Versions (G82).
    {"HTTP/0.9 by name", "GET / HTTP/0.9\r\n" END, 505},
    {"HTTP/0.9 simple request", "GET /\r\n" END, 400},
    {"HTTP/1.2", "GET / HTTP/1.2\r\n" END, 505},
    {"HTTP/1.9", "GET / HTTP/1.9\r\n" END, 505},
    {"HTTP/2.0", "GET / HTTP/2.0\r\n" END, 505},
    {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"HTTP/3.0", "GET / HTTP/3.0\r\n" END, 505},
    {"HTTP/1 without minor", "GET / HTTP/1\r\n" END, 400},
    {"HTTP/11", "GET / HTTP/11\r\n" END, 400},
    {"HTTP/1.10", "GET / HTTP/1.10\r\n" END, 400},
    {"HTTP/01.1", "GET / HTTP/01.1\r\n" END, 400},
    {"HTTP/1,1", "GET / HTTP/1,1\r\n" END, 400},
    {"lower case name", "GET / http/1.1\r\n" END, 400},
    {"RTSP", "DESCRIBE / RTSP/1.0\r\n" END, 400},
    {"ICE", "SOURCE /stream ICE/1.0\r\n" END, 400},
    {"RTSP method over HTTP", "ANNOUNCE rtsp://a/b HTTP/1.1\r\n" END, 400},
    {"SIP", "INVITE sip:a@b SIP/2.0\r\n" END, 400},
    {"no version after the space", "GET / \r\n" END, 400},
    {"version with trailing space", "GET / HTTP/1.1 \r\n" END, 400},
    {"version with trailing tab", "GET / HTTP/1.1\t\r\n" END, 400},
    {"version with letters", "GET / HTTP/a.b\r\n" END, 400},

    // Methods (G89).
    {"CONNECT", "CONNECT x:22 HTTP/1.1\r\nHost: x:22\r\n\r\n", 501},
    {"CONNECT without Host", "CONNECT x:22 HTTP/1.1\r\n\r\n", 501},
    {"CONNECT with a path", "CONNECT / HTTP/1.1\r\n" END, 501},
    {"TRACE", "TRACE / HTTP/1.1\r\n" END, 405},
    {"a method nobody registered passes", "BREW /pot HTTP/1.1\r\n" END, 200},
    {"QUERY passes", "QUERY /q HTTP/1.1\r\n" END, 200},
    {"a lower case method is another method", "get / HTTP/1.1\r\n" END, 200},
    {"lower case connect is not CONNECT", "connect / HTTP/1.1\r\n" END, 200},
    {"method with a colon", "GET: / HTTP/1.1\r\n" END, 400},
    {"method with a slash", "G/T / HTTP/1.1\r\n" END, 400},
    {"method with an at sign", "G@T / HTTP/1.1\r\n" END, 400},
    {"method with a byte above 127", "G\xc3\x89T / HTTP/1.1\r\n" END, 400},
    {"method in quotes", "\"GET\" / HTTP/1.1\r\n" END, 400},
    {"no method", " / HTTP/1.1\r\n" END, 400},
    {"a field instead of a request", "Host: a\r\n\r\n", 400},
    {"a response", "HTTP/1.1 200 OK\r\n\r\n", 400},

    // What is not HTTP at all is told by its first byte.
    {"TLS handshake", "\x16\x03\x01\x02\x00\x01"sv, 400},
    {"NUL", "\0"sv, 400},
    {"PROXY protocol v2", "\r\n\r\n\0\r\nQUIT\n"sv, 400},
    {"PROXY protocol v1", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\n" END, 400},
    {"SSH", "SSH-2.0-OpenSSH_9.2\r\n\r\n", 400},
    {"JSON", "{\"a\":1}\r\n\r\n", 400},

    // Targets (G83, G90).
    {"empty target", "GET  HTTP/1.1\r\n" END, 400},
    {"two spaces before the target", "GET  / HTTP/1.1\r\n" END, 400},
    {"two spaces after the target", "GET /  HTTP/1.1\r\n" END, 400},
    {"tab before the target", "GET\t/ HTTP/1.1\r\n" END, 400},
    {"tab in the target", "GET /a\tb HTTP/1.1\r\n" END, 400},
    {"space in the target", "GET /a b HTTP/1.1\r\n" END, 400},
    {"form feed in the target", "GET /a\fb HTTP/1.1\r\n" END, 400},
    {"vertical tab in the target", "GET /a\vb HTTP/1.1\r\n" END, 400},
    {"NUL in the target", "GET /a\0b HTTP/1.1\r\n" END ""sv, 400},
    {"DEL in the target", "GET /a\x7f HTTP/1.1\r\n" END, 400},
    {"escape in the target", "GET /\x1b[0m HTTP/1.1\r\n" END, 400},
    {"bare CR in the target", "GET /a\rb HTTP/1.1\r\n" END, 400},
    {"fragment", "GET /a#b HTTP/1.1\r\n" END, 400},
    {"raw UTF-8 passes", "GET /caf\xc3\xa9 HTTP/1.1\r\n" END, 200},
    {"raw UTF-8 in the authority", "GET http://caf\xc3\xa9/ HTTP/1.1\r\n" END, 400},
    {"raw UTF-8 before the slash", "GET \xc3\xa9/ HTTP/1.1\r\n" END, 400},
    {"relative path", "GET a/b HTTP/1.1\r\n" END, 400},
    {"relative dots", "GET ../../etc/passwd HTTP/1.1\r\n" END, 400},
    {"asterisk for GET", "GET * HTTP/1.1\r\n" END, 400},
    {"asterisk with more", "OPTIONS *x HTTP/1.1\r\n" END, 400},
    {"asterisk for OPTIONS passes", "OPTIONS * HTTP/1.1\r\n" END, 200},
    {"authority-form for GET", "GET a:80 HTTP/1.1\r\n" END, 400},
    {"escaped delimiters pass untouched", "GET /a%2f..//b?x=%0a HTTP/1.1\r\n" END, 200},
    {"raw brackets and pipes in a query pass", "GET /?a[]={b}|c HTTP/1.1\r\n" END, 200},
    {"unknown scheme", "GET ftp://a/ HTTP/1.1\r\n" END, 400},
    {"file scheme", "GET file:///etc/passwd HTTP/1.1\r\n" END, 400},
    {"scheme without slashes", "GET http:a HTTP/1.1\r\n" END, 400},
    {"absolute-form without authority", "GET http:///a HTTP/1.1\r\n" END, 400},
    {"absolute-form with userinfo", "GET http://u:p@a/ HTTP/1.1\r\n" END, 400},
    {"absolute-form with a bad port", "GET http://a:b/ HTTP/1.1\r\n" END, 400},
    {"absolute-form with a backslash", "GET http://a\\b/ HTTP/1.1\r\n" END, 400},
    {"absolute-form passes", "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", 200},
    {"absolute-form still needs a Host", "GET http://a/ HTTP/1.1\r\n\r\n", 400},
    {"absolute-form with two Hosts", "GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},

    // Ends of lines (G80).
    {"bare LF ends the request line", "GET / HTTP/1.1\n" END, 400},
    {"bare LF ends everything", "GET / HTTP/1.1\nHost: a\n\n", 400},
    {"bare CR ends the request line", "GET / HTTP/1.1\r" END, 400},
    {"two CRs", "GET / HTTP/1.1\r\r\n" END, 400},
    {"bare LF before the request", "\nGET / HTTP/1.1\r\n" END, 400},
    {"bare CR before the request", "\rGET / HTTP/1.1\r\n" END, 400},
    {"space before the request", " GET / HTTP/1.1\r\n" END, 400},
    {"an empty line before the request passes", "\r\nGET / HTTP/1.1\r\n" END, 200},
    {"eight empty lines pass", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n" END, 200},
    {"nine empty lines", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n" END, 400},
};

}  // namespace

std::span<const HostileRequest> hostile_request_lines() { return kRequests; }

}  // namespace lastcall::proto
