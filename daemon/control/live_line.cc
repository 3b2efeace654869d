#include "control/live_line.h"

#include <string>

namespace lastcall::control {
namespace {

LogWriter g_writer = nullptr;
std::string g_shown;

// Carriage return, then "erase to the end of the line" (ECMA-48 EL): no scrollback, and no rest of a longer text.
constexpr std::string_view kErase = "\r\033[K";

}  // namespace

void open_live_line(LogWriter writer) {
  g_writer = writer;
  g_shown.clear();
}

void show_live_line(std::string_view text) {
  if (g_writer == nullptr || text == g_shown) return;  // an unchanged line is not written again: no flicker
  std::string bytes(kErase);
  bytes += text;
  g_shown = text;
  g_writer(bytes);
}

void take_live_line_away() {
  if (!g_shown.empty()) show_live_line("");
}

void write_above_live_line(std::string_view line) {
  if (g_writer == nullptr) return;
  if (g_shown.empty()) return g_writer(line);
  std::string bytes(kErase);
  bytes += line;
  bytes += g_shown;
  g_writer(bytes);
}

}  // namespace lastcall::control
