#include "proto/field_lines.h"

#include "proto/http_syntax.h"

namespace lastcall::proto {

Fault split_fields(std::string_view data, std::size_t begin, std::span<const std::uint32_t> ends, std::vector<Field>& fields) {
  fields.clear();
  for (const std::uint32_t end : ends) {
    const char* const line = data.data() + begin;
    const char* const line_end = data.data() + end;
    const char* colon = line;
    while (kTokenChars.has(*colon)) ++colon;  // CR is no token: ends within the line
    if (*colon != ':' || colon == line) return {400, "malformed field line"};
    Field& field = fields.emplace_back();
    field.name = {line, static_cast<std::size_t>(colon - line)};
    field.line = {line, static_cast<std::size_t>(line_end - line)};
    field.value = trim({colon + 1, static_cast<std::size_t>(line_end - 2 - (colon + 1))});
    field.id = field_id(field.name);
    begin = end;
  }
  return kNoFault;
}

}  // namespace lastcall::proto
