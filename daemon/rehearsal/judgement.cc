#include "rehearsal/judgement.h"

#include <algorithm>
#include <charconv>

#include "rehearsal/rules.h"

namespace lastcall::rehearsal {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass: return "pass";
    case Verdict::note: return "note";
    case Verdict::warn: return "warn";
    case Verdict::fail: return "fail";
  }
  return "fail";
}

std::uint64_t RunFigures::report_number(const std::string& name) const {
  for (const auto& [key, text] : report) {
    std::uint64_t value = 0;
    if (key == name && std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc()) return value;
  }
  return 0;
}

Judgement judge(const Measurements& measured, const Expectations& expected) {
  // In the order in which it happens, the verdict on the whole last.
  constexpr MaybeFinding (*kRules[])(const Measurements&, const Expectations&) = {
      judge_readiness, judge_traffic,     judge_keep_alive, judge_stop_signal, judge_stop_time,
      judge_requests,  judge_hooks,       judge_descendants, judge_exit_code,  judge_grace,       judge_comparison};
  Judgement judgement;
  for (const auto rule : kRules)
    if (MaybeFinding finding = rule(measured, expected)) judgement.findings.push_back(std::move(*finding));
  const Verdict limit = expected.strict ? Verdict::warn : Verdict::fail;
  judgement.passed = std::ranges::none_of(judgement.findings, [&](const Finding& each) { return each.verdict >= limit; });
  return judgement;
}

}  // namespace lastcall::rehearsal
