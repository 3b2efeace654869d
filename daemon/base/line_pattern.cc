#include "base/line_pattern.h"

#include <regex.h>

#include <algorithm>
#include <cctype>

namespace lastcall {
namespace {

// regcomp writes repetitions out, those within others as often as both say: three times {255} around each other are gigabytes.
constexpr std::size_t kMostRepetitions = 1000;

// The largest number between the braces that begin here.
std::size_t repetitions(std::string_view from) {
  std::size_t most = 1, number = 0;
  for (const char c : from.substr(1, from.find('}'))) {
    number = std::isdigit(static_cast<unsigned char>(c)) != 0 ? std::min(number * 10 + static_cast<std::size_t>(c - '0'), kMostRepetitions + 1) : 0;
    most = std::max(most, number);
  }
  return most;
}

// What regcomp would take, but we do not.
const char* refusal(std::string_view expression) {
  if (expression.empty()) return "an empty expression matches every line";
  if (expression.size() > LinePattern::kPatternLimit) return "an expression of more than 1024 bytes";
  if (expression.find('\0') != expression.npos) return "an expression with a NUL byte";
  std::size_t product = 1;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    if (expression[i] == '{') product *= repetitions(expression.substr(i));
    if (product > kMostRepetitions) return "repetitions in braces that multiply to more than 1000";
    if (expression[i] != '\\' || i + 1 == expression.size()) continue;
    if (std::isdigit(static_cast<unsigned char>(expression[++i])) != 0) return "back references such as \\1 are not supported";
  }
  return nullptr;
}

}  // namespace

struct LinePattern::Compiled {
  regex_t regex{};
  bool valid = false;
  ~Compiled() {
    if (valid) ::regfree(&regex);
  }
};

LinePattern::LinePattern(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
LinePattern::LinePattern(LinePattern&&) noexcept = default;
LinePattern& LinePattern::operator=(LinePattern&&) noexcept = default;
LinePattern::~LinePattern() = default;

Result<LinePattern> LinePattern::compile(const std::string& expression) {
  if (const char* why = refusal(expression)) return Error{0, why};
  auto compiled = std::make_unique<Compiled>();
  // REG_NOSUB: where the match lies is of no interest, and finding it is what costs most.
  if (const int code = ::regcomp(&compiled->regex, expression.c_str(), REG_EXTENDED | REG_NOSUB); code != 0) {
    char text[128];
    ::regerror(code, &compiled->regex, text, sizeof text);
    return Error{0, text};
  }
  compiled->valid = true;
  return LinePattern(std::move(compiled));
}

bool LinePattern::matches(std::string_view line) const {
  line = line.substr(0, kLineLimit);
  regmatch_t range{.rm_so = 0, .rm_eo = static_cast<regoff_t>(line.size())};
  return ::regexec(&compiled_->regex, line.data() == nullptr ? "" : line.data(), 1, &range, REG_STARTEND) == 0;
}

}  // namespace lastcall
