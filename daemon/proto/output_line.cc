#include "proto/output_line.h"

#include "proto/json_text.h"

namespace lastcall::proto {

void append_plain(std::string& out, const OutputLine& line) {
  out += line.text;
  if (line.end == LineEnd::newline) out += '\n';
}

void append_prefixed(std::string& out, const Prefix& prefix, const OutputLine& line) {
  if (prefix.color != 0) out += "\033[" + std::to_string(prefix.color) + "m";
  out += '[';
  out += prefix.name;
  out += prefix.continued ? "+]" : "]";
  if (prefix.color != 0) out += "\033[0m";
  out += ' ';
  out += line.text;
  out += '\n';
}

void append_json_line(std::string& out, const Origin& origin, const OutputLine& line) {
  out += R"({"time":")";
  out += origin.time;
  out += R"(","stream":")";
  out += origin.stream;
  out += R"(","pid":)";
  out += std::to_string(origin.pid);
  out += R"(,"instance":)";
  append_json_string(out, origin.instance);
  out += R"(,"message":)";
  append_json_string(out, line.text);
  if (line.end == LineEnd::cut) out += R"(,"partial":true)";
  out += "}\n";
}

}  // namespace lastcall::proto
