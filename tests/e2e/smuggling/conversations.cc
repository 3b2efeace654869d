#include "conversations.h"

namespace lastcall::test {
namespace {

using namespace std::string_view_literals;

#define HOST " HTTP/1.1\r\nHost: a\r\n"
#define GET(target) "GET " target HOST "\r\n"
#define SMUGGLED GET("/smuggled")
#define POST(fields) "POST /1" HOST fields "\r\n"

constexpr Conversation kConversations[] = {
    // Controls: these are two requests, and the child must see two.
    {"two requests in a row", GET("/1") GET("/2"), "200 200", "/1 /2"},
    {"a request behind a body of a length", POST("Content-Length: 5\r\n") "hello" GET("/2"), "200 200", "/1 /2"},
    {"a request behind a length of zero", POST("Content-Length: 0\r\n") GET("/2"), "200 200", "/1 /2"},
    {"a request behind the last chunk", POST("Transfer-Encoding: chunked\r\n") "5\r\nhello\r\n0\r\n\r\n" GET("/2"), "200 200", "/1 /2"},
    {"a request behind an empty line", GET("/1") "\r\n" GET("/2"), "200 200", "/1 /2"},

    // A request inside a body is a body.
    {"a request as body", POST("Content-Length: 38\r\n") GET("/smuggled") "123", "200", "/1"},
    {"a request as chunk", POST("Transfer-Encoding: chunked\r\n") "23\r\n" GET("/smuggled") "\r\n0\r\n\r\n", "200", "/1"},
    {"the end of a body that looks like the last chunk", POST("Content-Length: 43\r\n") "0\r\n\r\n" GET("/smuggled") "\r\n\r", "200", "/1"},
    {"a body of GET", "GET /1" HOST "Content-Length: 35\r\n\r\n" SMUGGLED, "200", "/1"},
    {"a body of DELETE", "DELETE /1" HOST "Content-Length: 35\r\n\r\n" SMUGGLED, "200", "/1"},
    {"a body of OPTIONS", "OPTIONS /1" HOST "Content-Length: 35\r\n\r\n" SMUGGLED, "200", "/1"},

    // Two framings (CL.TE, TE.CL, TE.TE).
    {"CL.TE", POST("Content-Length: 40\r\nTransfer-Encoding: chunked\r\n") "0\r\n\r\n" SMUGGLED, "400", ""},
    {"TE.CL", POST("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n") "23\r\n" SMUGGLED "\r\n0\r\n\r\n", "400", ""},
    {"CL.TE by a space before the colon", POST("Content-Length: 40\r\nTransfer-Encoding : chunked\r\n") "0\r\n\r\n" SMUGGLED, "400", ""},
    {"CL.TE by a tab before the value", POST("Content-Length: 40\r\nTransfer-Encoding:\tchunked\r\n") "0\r\n\r\n" SMUGGLED, "400", ""},
    {"CL.TE by a vertical tab", POST("Content-Length: 40\r\nTransfer-Encoding:\vchunked\r\n") "0\r\n\r\n" SMUGGLED, "400", ""},
    {"CL.TE by a folded line", POST("Content-Length: 40\r\nTransfer-Encoding:\r\n chunked\r\n") "0\r\n\r\n" SMUGGLED, "400", ""},
    {"CL.TE behind a bare CR", POST("Content-Length: 40\r\nX: y\rTransfer-Encoding: chunked\r\n") "0\r\n\r\n" SMUGGLED, "400", ""},
    {"CL.TE behind a bare LF", POST("Content-Length: 40\r\nX: y\nTransfer-Encoding: chunked\r\n") "0\r\n\r\n" SMUGGLED, "400", ""},
    {"CL.TE by an underscore is a length", POST("Content-Length: 40\r\nTransfer_Encoding: chunked\r\n") "0\r\n\r\n" SMUGGLED, "200", "/1"},
    {"CL.TE by another name is a length", POST("Content-Length: 40\r\nX-Transfer-Encoding: chunked\r\n") "0\r\n\r\n" SMUGGLED, "200", "/1"},
    {"TE.TE with identity last", POST("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n") "0\r\n\r\n" SMUGGLED, "400", ""},
    {"TE.TE with a misspelt one first", POST("Transfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n") "0\r\n\r\n" SMUGGLED, "501", ""},
    {"TE.TE with an empty one", POST("Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n") "0\r\n\r\n" GET("/2"), "200 200", "/1 /2"},
    {"TE.0 in HTTP/1.0", "POST /1 HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n23\r\n" SMUGGLED "\r\n0\r\n\r\n", "400", ""},
    {"two lengths", POST("Content-Length: 35\r\nContent-Length: 0\r\n") SMUGGLED, "400", ""},
    {"two lengths in one", POST("Content-Length: 0, 35\r\n") SMUGGLED, "400", ""},
    {"a signed length", POST("Content-Length: +35\r\n") SMUGGLED, "400", ""},
    {"a length that a Connection names stays a length", POST("Connection: Content-Length\r\nContent-Length: 35\r\n") SMUGGLED, "200", "/1"},
    {"a coding that a Connection names stays a coding",
     POST("Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n") "23\r\n" SMUGGLED "\r\n0\r\n\r\n", "200", "/1"},

    // Chunks.
    {"a chunk size that overflows", POST("Transfer-Encoding: chunked\r\n") "10000000000000000\r\n" SMUGGLED, "400", "/1?"},
    {"a chunk size in words", POST("Transfer-Encoding: chunked\r\n") "0x23\r\n" SMUGGLED "\r\n0\r\n\r\n", "400", "/1?"},
    {"a chunk that ends early", POST("Transfer-Encoding: chunked\r\n") "3\r\nhello\r\n0\r\n\r\n" SMUGGLED, "400", "/1?"},
    {"a chunk extension with a bare LF", POST("Transfer-Encoding: chunked\r\n") "1;a\nb\r\nx\r\n0\r\n\r\n" SMUGGLED, "400", "/1?"},
    {"a chunk extension that is dropped", POST("Transfer-Encoding: chunked\r\n") "1;\"0\\\"\"\r\nx\r\n0\r\n\r\n" GET("/2"), "200 200", "/1 /2"},
    {"a last chunk with a bare LF", POST("Transfer-Encoding: chunked\r\n") "0\n\r\n" SMUGGLED, "400", "/1?"},
    {"a request among the trailers", POST("Transfer-Encoding: chunked\r\n") "0\r\n" SMUGGLED, "400", "/1?"},
    {"a length among the trailers",
     POST("Transfer-Encoding: chunked\r\n") "0\r\nContent-Length: 35\r\n\r\n" GET("/2"), "200 200", "/1 /2"},

    // What follows is garbage, or is no longer read.
    {"a broken request behind a good one", GET("/1") "GET /smuggled\r\n\r\n", "200 400", "/1"},
    {"a request behind a refused one", "GET /smuggled HTTP/3.0\r\n\r\n" SMUGGLED, "505", ""},
    {"a request behind Connection: close", "GET /1" HOST "Connection: close\r\n\r\n" SMUGGLED, "200", "/1"},
    {"a request behind HTTP/1.0", "GET /1 HTTP/1.0\r\n\r\n" SMUGGLED, "200", "/1"},
    {"a request behind CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED, "501", ""},
    {"a request behind TRACE", "TRACE /" HOST "\r\n" SMUGGLED, "405", ""},
    {"a request behind an upgrade that the child ignores",
     "GET /1" HOST "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n" SMUGGLED, "200", "/1"},
    {"HTTP/2 by prior knowledge behind a good one", GET("/1") "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "200 505", "/1"},
    {"HTTP/2 by upgrade is an ordinary request",
     "GET /1" HOST "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
     "200 505", "/1"},
    {"a TLS handshake behind a good one", GET("/1") "\x16\x03\x01\x02\x00\x01"sv, "200 400", "/1"},
    {"a PROXY line in front", "PROXY TCP4 6.6.6.6 6.6.6.6 6 6\r\n" SMUGGLED, "400", ""},

    // The request line and the names.
    {"a request in a target", "GET /1%20HTTP/1.1%0d%0aHost:%20a%0d%0a%0d%0aGET%20/smuggled" HOST "\r\n", "200",
     "/1%20HTTP/1.1%0d%0aHost:%20a%0d%0a%0d%0aGET%20/smuggled"},
    {"a request in a target behind a bare LF", "GET /1 HTTP/1.1\nHost: a\n\nGET /smuggled" HOST "\r\n", "400", ""},
    {"a request in a value behind a bare LF", "GET /1" HOST "X: y\n\nGET /smuggled HTTP/1.1\nHost: a\r\n\r\n", "400", ""},
    {"a request in a value behind a bare CR", "GET /1" HOST "X: y\r\rGET /smuggled HTTP/1.1\r\r\n\r\n", "400", ""},
    {"a request in a value behind a NUL", "GET /1" HOST "X: y\0\r\n\r\n"sv, "400", ""},
    {"a request in a name", "GET /1" HOST "GET /smuggled HTTP/1.1\r\n\r\n", "400", ""},
    {"an absolute-form with a request in its authority", "GET http://a%0d%0aX:y/1" HOST "\r\n", "400", ""},
};

}  // namespace

std::span<const Conversation> conversations() { return kConversations; }

}  // namespace lastcall::test
