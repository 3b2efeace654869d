#include "proxy/body_writer.h"

#include <array>
#include <string>

#include "proto/http_forward.h"

namespace lastcall::proxy {
namespace {

// More slices than this come only from a peer that sends tiny chunks: then one copy is cheaper than a long vector.
constexpr std::size_t kMaxSlices = 32;

iovec as_iovec(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

}  // namespace

void write_message(io::Stream& to, std::string_view head, std::span<const std::string_view> slices, proto::Framing framing,
                   bool complete, std::string_view trailers) {
  std::array<iovec, kMaxSlices + 6> parts;
  std::size_t count = 0;
  std::string chunk_header;  // short enough to need no allocation
  std::string joined;
  std::size_t total = 0;
  for (const auto& slice : slices) total += slice.size();
  const bool chunked = framing == proto::Framing::chunked;

  if (!head.empty()) parts[count++] = as_iovec(head);
  if (total > 0) {
    if (chunked) {
      proto::append_chunk_header(chunk_header, total);
      parts[count++] = as_iovec(chunk_header);
    }
    if (slices.size() <= kMaxSlices) {
      for (const auto& slice : slices)
        if (!slice.empty()) parts[count++] = as_iovec(slice);
    } else {
      joined.reserve(total);
      for (const auto& slice : slices) joined += slice;
      parts[count++] = as_iovec(joined);
    }
  }
  if (chunked && !complete && total > 0) parts[count++] = as_iovec(proto::kChunkEnd);
  if (chunked && complete) {
    static constexpr std::string_view kEndAndLast = "\r\n0\r\n";
    parts[count++] = as_iovec(total > 0 ? kEndAndLast : kEndAndLast.substr(2));
    if (!trailers.empty()) parts[count++] = as_iovec(trailers);
    parts[count++] = as_iovec("\r\n");
  }
  if (count > 0) to.write(std::span<const iovec>(parts.data(), count));
}

}  // namespace lastcall::proxy
