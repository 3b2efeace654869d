#include "hostile_requests.h"

namespace lastcall::proto {
namespace {

using namespace std::string_view_literals;

#define POST "POST / HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

constexpr HostileRequest kRequests[] = {
    // Content-Length (G84; RFC 9112 section 6.3).
    {"two different lengths", POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
    {"two equal lengths", POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400},
    {"a list of equal lengths", POST "Content-Length: 5, 5\r\n\r\nhello", 400},
    {"a list of lengths", POST "Content-Length: 5,6\r\n\r\nhello", 400},
    {"an empty length", POST "Content-Length:\r\n\r\n", 400},
    {"a length of white space", POST "Content-Length: \r\n\r\n", 400},
    {"a signed length", POST "Content-Length: +5\r\n\r\nhello", 400},
    {"a negative length", POST "Content-Length: -5\r\n\r\nhello", 400},
    {"a hexadecimal length", POST "Content-Length: 0x5\r\n\r\nhello", 400},
    {"a length with a fraction", POST "Content-Length: 5.0\r\n\r\nhello", 400},
    {"a length with an exponent", POST "Content-Length: 5e0\r\n\r\nhello", 400},
    {"a length with a space inside", POST "Content-Length: 1 2\r\n\r\nhello", 400},
    {"a length with an underscore", POST "Content-Length: 1_0\r\n\r\nhello", 400},
    {"a length in quotes", POST "Content-Length: \"5\"\r\n\r\nhello", 400},
    {"a length and letters", POST "Content-Length: 5x\r\n\r\nhello", 400},
    {"a length in foreign digits", POST "Content-Length: \xd9\xa5\r\n\r\nhello", 400},
    {"a space before the length's colon", POST "Content-Length : 5\r\n\r\nhello", 400},
    {"a length of 2^63", POST "Content-Length: 9223372036854775808\r\n\r\n", 400},
    {"a length of 2^64 and 5", POST "Content-Length: 18446744073709551621\r\n\r\nhello", 400},
    {"a length of forty digits", POST "Content-Length: 1000000000000000000000000000000000000000\r\n\r\n", 400},
    {"a length of 2^63 - 1 passes", POST "Content-Length: 9223372036854775807\r\n\r\n", 200},
    {"leading zeros pass", POST "Content-Length: 0005\r\n\r\nhello", 200},
    {"spaces around a length pass", POST "Content-Length:   5  \r\n\r\nhello", 200},
    {"GET with a body passes", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 200},

    // Transfer-Encoding (G84).
    {"CL.TE", POST "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG", 400},
    {"TE.CL", POST "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400},
    {"TE and an empty CL", POST "Transfer-Encoding: chunked\r\nContent-Length:\r\n\r\n0\r\n\r\n", 400},
    {"TE and a CL of zero", POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n", 400},
    {"TE in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"identity", POST "Transfer-Encoding: identity\r\n\r\n", 400},
    {"identity and a length", POST "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello", 400},
    {"gzip alone", POST "Transfer-Encoding: gzip\r\n\r\n", 400},
    {"gzip before chunked", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
    {"an unknown coding before chunked", POST "Transfer-Encoding: zstd, chunked\r\n\r\n0\r\n\r\n", 501},
    {"an unknown coding in its own line", POST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501},
    {"chunked before gzip", POST "Transfer-Encoding: chunked, gzip\r\n\r\n", 400},
    {"chunked before identity", POST "Transfer-Encoding: chunked, identity\r\n\r\n", 400},
    {"chunked before identity, two lines", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", 400},
    {"chunked twice", POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400},
    {"chunked twice in two lines", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"xchunked", POST "Transfer-Encoding: xchunked\r\n\r\n", 400},
    {"chunkedx", POST "Transfer-Encoding: chunkedx\r\n\r\n", 400},
    {"chunke", POST "Transfer-Encoding: chunke\r\n\r\n", 400},
    {"chunked in quotes", POST "Transfer-Encoding: \"chunked\"\r\n\r\n", 400},
    {"chunked with a parameter", POST "Transfer-Encoding: chunked;a=b\r\n\r\n", 400},
    {"chunked and a semicolon", POST "Transfer-Encoding: chunked;\r\n\r\n", 400},
    {"chunked and a word", POST "Transfer-Encoding: chunked foo\r\n\r\n", 400},
    {"a word and chunked", POST "Transfer-Encoding: foo chunked\r\n\r\n", 400},
    {"chunked after a vertical tab", POST "Transfer-Encoding: \vchunked\r\n\r\n", 400},
    {"chunked after a form feed", POST "Transfer-Encoding:\fchunked\r\n\r\n", 400},
    {"chunked and a NUL", POST "Transfer-Encoding: chunked\0\r\n\r\n"sv, 400},
    {"an empty TE", POST "Transfer-Encoding:\r\n\r\n", 400},
    {"a TE of commas", POST "Transfer-Encoding: ,,\r\n\r\n", 400},
    {"a space before TE's colon", POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400},
    {"a folded TE", POST "Transfer-Encoding: \r\n chunked\r\n\r\n0\r\n\r\n", 400},
    {"CHUNKED passes", POST "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", 200},
    {"tRANSFER-eNCODING passes", POST "tRANSFER-eNCODING:chunked\r\n\r\n0\r\n\r\n", 200},

    // Chunks (G85).
    {"no size", CHUNKED "\r\n", 400},
    {"a size that is none", CHUNKED "g\r\n", 400},
    {"0x", CHUNKED "0x5\r\nhello\r\n0\r\n\r\n", 400},
    {"a signed size", CHUNKED "+5\r\nhello\r\n0\r\n\r\n", 400},
    {"a negative size", CHUNKED "-1\r\nhello\r\n0\r\n\r\n", 400},
    {"a space before the size", CHUNKED " 5\r\nhello\r\n0\r\n\r\n", 400},
    {"a space after the size", CHUNKED "5 \r\nhello\r\n0\r\n\r\n", 400},
    {"a tab after the size", CHUNKED "5\t\r\nhello\r\n0\r\n\r\n", 400},
    {"a space before the extension", CHUNKED "5 ;a\r\nhello\r\n0\r\n\r\n", 400},
    {"a size in quotes", CHUNKED "\"5\"\r\nhello\r\n0\r\n\r\n", 400},
    {"a size with a comma", CHUNKED "5,a\r\nhello\r\n0\r\n\r\n", 400},
    {"a size of 64 bits", CHUNKED "ffffffffffffffff\r\nhello", 400},
    {"a size that overflows to 5", CHUNKED "10000000000000005\r\nhello\r\n0\r\n\r\n", 400},
    {"sixteen zeros", CHUNKED "0000000000000000\r\n\r\n", 400},
    {"fifteen digits pass", CHUNKED "000000000000005\r\nhello\r\n0\r\n\r\n", 200},
    {"bare LF after the size", CHUNKED "5\nhello\r\n0\r\n\r\n", 400},
    {"bare CR after the size", CHUNKED "5\rhello\r\n0\r\n\r\n", 400},
    {"CR CR LF after the size", CHUNKED "5\r\r\nhello\r\n0\r\n\r\n", 400},
    {"bare LF after the data", CHUNKED "5\r\nhello\n0\r\n\r\n", 400},
    {"bare CR after the data", CHUNKED "5\r\nhello\r0\r\n\r\n", 400},
    {"nothing after the data", CHUNKED "5\r\nhello0\r\n\r\n", 400},
    {"data longer than its size", CHUNKED "4\r\nhello\r\n0\r\n\r\n", 400},
    {"bare LF in an extension", CHUNKED "5;a\nhello\r\n0\r\n\r\n", 400},
    {"bare CR in an extension", CHUNKED "5;a\rb\r\nhello\r\n0\r\n\r\n", 400},
    {"NUL in an extension", CHUNKED "5;\0\r\nhello\r\n0\r\n\r\n"sv, 400},
    {"bare LF after the last chunk", CHUNKED "0\n\n", 400},
    {"bare LF ends the message", CHUNKED "0\r\n\n", 400},
    {"CR and a byte end the message", CHUNKED "0\r\n\rX", 400},
    {"extensions pass", CHUNKED "5;a=b;c=\"d\"\r\nhello\r\n0;e\r\n\r\n", 200},

    // Trailers (G77).
    {"a trailer without a colon", CHUNKED "0\r\nX\r\n\r\n", 400},
    {"a trailer without a name", CHUNKED "0\r\n: a\r\n\r\n", 400},
    {"a space before a trailer's colon", CHUNKED "0\r\nX : a\r\n\r\n", 400},
    {"a folded trailer", CHUNKED "0\r\nX: a\r\n b\r\n\r\n", 400},
    {"a control in a trailer", CHUNKED "0\r\nX: \x01\r\n\r\n", 400},
    {"bare LF ends a trailer", CHUNKED "0\r\nX: a\n\r\n", 400},
    {"bare CR in a trailer", CHUNKED "0\r\nX: a\rb\r\n\r\n", 400},
    {"a request in the trailers", CHUNKED "0\r\nGET /admin HTTP/1.1\r\n\r\n", 400},
    {"a Content-Length as trailer is dropped", CHUNKED "0\r\nContent-Length: 5\r\n\r\n", 200},
};

}  // namespace

std::span<const HostileRequest> hostile_framings() { return kRequests; }

}  // namespace lastcall::proto
