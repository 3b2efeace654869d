#include "control/live_line.h"

#include <string>

#include <fmt/format.h>

namespace lastcall::control {
namespace {

constexpr int kFewestRows = 4;  // in a smaller window no row is given away

LogWriter g_writer = nullptr;
std::string g_shown;
int g_rows = 0;
bool g_reserved = false;  // the last row is ours

// Carriage return, then "erase to the end of the line" (ECMA-48 EL): no scrollback, and no rest of a longer text.
constexpr std::string_view kErase = "\r\033[K";

// IND makes room without leaving the column: the last row is free, the cursor above it. DECSTBM sends the cursor home, so it is saved before
// (DECSC) and restored after (DECRC). From now on nothing that anybody writes reaches the last row.
std::string reserve() { return fmt::format("\033D\0337\033[1;{}r\0338\033[A", g_rows - 1); }

std::string at_last_row(std::string_view text) { return fmt::format("\0337\033[{};1H{}\033[K\0338", g_rows, text); }

std::string give_back() { return fmt::format("\0337\033[r\033[{};1H\033[K\0338", g_rows); }

void show_in_last_row(std::string_view text) {
  std::string bytes;
  if (!g_reserved && !text.empty()) bytes = reserve();
  if (!text.empty()) bytes += at_last_row(text);
  if (g_reserved && text.empty()) bytes = give_back();
  g_reserved = !text.empty();
  if (!bytes.empty()) g_writer(bytes);
}

}  // namespace

void open_live_line(LogWriter writer, int rows) {
  g_writer = writer;
  g_rows = rows >= kFewestRows ? rows : 0;
  g_reserved = false;
  g_shown.clear();
}

// Terminals forget the margins when their size changes.
void resize_live_line(int rows) {
  if (g_rows == 0 || rows < kFewestRows) return;
  g_rows = rows;
  g_reserved = false;
  g_shown.clear();
}

void show_live_line(std::string_view text) {
  if (g_writer == nullptr || text == g_shown) return;  // an unchanged line is not written again: no flicker
  g_shown = text;
  if (g_rows > 0) return show_in_last_row(text);
  std::string bytes(kErase);
  bytes += text;
  g_writer(bytes);
}

void take_live_line_away() {
  if (g_rows == 0 && !g_shown.empty()) show_live_line("");
}

void write_above_live_line(std::string_view line) {
  if (g_writer == nullptr) return;
  if (g_shown.empty() || g_rows > 0) return g_writer(line);
  std::string bytes(kErase);
  bytes += line;
  bytes += g_shown;
  g_writer(bytes);
}

}  // namespace lastcall::control
