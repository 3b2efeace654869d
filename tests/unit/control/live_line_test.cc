#include "control/live_line.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace lastcall;
using namespace lastcall::control;

namespace {

// As much of a terminal as is needed: rows of text, a scrolling region, and the sequences that the live line uses.
class Screen {
 public:
  explicit Screen(int rows) : rows_(static_cast<std::size_t>(rows)), bottom_(rows - 1) {}

  void write(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const char c = bytes[i];
      if (c == '\033')
        i = escape(bytes, i + 1);
      else if (c == '\n')
        column_ = 0, down();
      else if (c == '\r')
        column_ = 0;
      else
        put(c);
    }
  }
  std::string row(int number) const { return rows_[static_cast<std::size_t>(number)]; }
  std::string last() const { return rows_.back(); }
  bool shows(const std::string& text) const { return std::find(rows_.begin(), rows_.end(), text) != rows_.end() || std::find(gone_.begin(), gone_.end(), text) != gone_.end(); }

 private:
  void put(char c) {
    std::string& row = rows_[static_cast<std::size_t>(row_)];
    const auto column = static_cast<std::size_t>(column_++);
    if (row.size() <= column) row.resize(column + 1, ' ');
    row[column] = c;
  }
  void down() {
    if (row_ != bottom_) return void(row_ = std::min(row_ + 1, static_cast<int>(rows_.size()) - 1));
    gone_.push_back(rows_.front());
    rows_.erase(rows_.begin());
    rows_.insert(rows_.begin() + bottom_, "");
  }
  std::size_t escape(std::string_view bytes, std::size_t i) {
    switch (bytes[i]) {
      case 'D': down(); return i;
      case '7': saved_ = {row_, column_}; return i;
      case '8': std::tie(row_, column_) = saved_; return i;
      default: break;
    }
    REQUIRE(bytes[i] == '[');
    std::vector<int> numbers{0};
    for (++i; std::string_view("0123456789;").find(bytes[i]) != std::string_view::npos; ++i)
      bytes[i] == ';' ? numbers.push_back(0) : void(numbers.back() = numbers.back() * 10 + bytes[i] - '0');
    switch (bytes[i]) {
      case 'A': row_ = std::max(0, row_ - 1); break;
      case 'H': row_ = numbers[0] - 1, column_ = numbers[1] - 1; break;
      case 'K': rows_[static_cast<std::size_t>(row_)].resize(std::min(rows_[static_cast<std::size_t>(row_)].size(), static_cast<std::size_t>(column_))); break;
      case 'r': bottom_ = numbers.size() > 1 ? numbers[1] - 1 : static_cast<int>(rows_.size()) - 1, row_ = column_ = 0; break;
      default: FAIL("unknown sequence");
    }
    return i;
  }

  std::vector<std::string> rows_, gone_;
  int bottom_;
  int row_ = 0, column_ = 0;
  std::pair<int, int> saved_{};
};

Screen* g_screen = nullptr;
void to_screen(std::string_view bytes) { g_screen->write(bytes); }

}  // namespace

TEST_CASE("what the child writes to the terminal never runs into the live line, wherever the cursor was") {
  for (const int begun : {0, 3, 20}) {
    CAPTURE(begun);
    Screen screen(8);
    g_screen = &screen;
    open_live_line(to_screen, 8);
    for (int i = 0; i < begun; ++i) screen.write("before " + std::to_string(i) + "\n");
    screen.write("half a ");
    show_live_line("draining: 3 requests");
    screen.write("line\n");
    CHECK(screen.last() == "draining: 3 requests");
    for (int i = 0; i < 20; ++i) screen.write("hello " + std::to_string(i) + "\n");
    write_above_live_line("a line of the log\n");
    show_live_line("draining: 2");
    CHECK(screen.last() == "draining: 2");
    CHECK(screen.shows("half a line"));
    CHECK(screen.shows("hello 0"));
    CHECK(screen.shows("hello 19"));
    CHECK(screen.shows("a line of the log"));
    show_live_line("");
    CHECK(screen.last().empty());
    screen.write("the report\n");
    CHECK(screen.shows("the report"));
  }
}

TEST_CASE("the control: at the cursor the child's words run into it, which is all that a small window allows") {
  Screen screen(3);
  g_screen = &screen;
  open_live_line(to_screen, 3);
  show_live_line("draining");
  screen.write("hello\n");
  CHECK(screen.shows("draininghello"));
  show_live_line("");
}

TEST_CASE("after a change of the window's size the line stands in the new last row") {
  Screen screen(10);
  g_screen = &screen;
  open_live_line(to_screen, 8);
  show_live_line("draining");
  CHECK(screen.row(7) == "draining");
  resize_live_line(10);
  show_live_line("draining");
  CHECK(screen.last() == "draining");
}
