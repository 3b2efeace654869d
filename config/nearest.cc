#include "config/nearest.h"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace lastcall::config {
namespace {

std::string folded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    result += lower == '-' || lower == '.' ? '_' : lower;
  }
  return result;
}

// Damerau-Levenshtein (neighbours exchanged count once): the typing errors that people make.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string nearest(std::string_view text, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongestName = 64;  // longer is no typing error, and the comparison is quadratic
  if (text.empty() || text.size() > kLongestName) return "";
  const std::string wanted = folded(text);
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, wanted.size() / 3) + 1;  // a third of the letters wrong: a different word
  for (const std::string& candidate : candidates) {
    const std::string name = folded(candidate);
    const std::size_t here = distance(wanted, name);
    if (here < best_distance && here < name.size()) {
      best = candidate;
      best_distance = here;
    }
  }
  return best;
}

}  // namespace lastcall::config
