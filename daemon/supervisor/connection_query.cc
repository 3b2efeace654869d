#include "supervisor/connection_query.h"

#include <algorithm>
#include <utility>

namespace lastcall::supervisor {
namespace {

constexpr Duration kLongest = milliseconds(500);  // docs/design.md 1.1

}  // namespace

bool ConnectionQuery::add_asker(Answer answer) {
  askers_.push_back(std::move(answer));
  if (askers_.size() > 1) return false;
  ++number_;
  parts_.clear();
  all_asked_ = false;
  return true;
}

Result<UniqueFd> ConnectionQuery::lend(std::uint64_t worker) {
  UniqueFd memory = TRY(os::shared_page("lastcall-connections", sizeof(proto::ConnectionPage)));
  os::Mapping mapping = TRY(os::Mapping::map(memory.get(), sizeof(proto::ConnectionPage), os::Mapping::Access::read_only));
  parts_.push_back({.worker = worker, .memory = std::move(mapping)});
  return memory;
}

void ConnectionQuery::asked() {
  all_asked_ = true;
  timeout_.arm_after(kLongest);
  conclude_if_all_there();
}

void ConnectionQuery::on_listed(std::uint64_t worker, std::uint64_t number) {
  for (Part& part : parts_) part.written |= part.worker == worker && number == number_;
  conclude_if_all_there();
}

void ConnectionQuery::on_worker_gone(std::uint64_t worker) {
  std::erase_if(parts_, [&](const Part& part) { return part.worker == worker && !part.written; });
  conclude_if_all_there();
}

void ConnectionQuery::conclude_if_all_there() {
  if (all_asked_ && !askers_.empty() && std::ranges::all_of(parts_, &Part::written)) conclude();
}

// A worker's numbers are copied before they are judged: it may go on writing.
void ConnectionQuery::conclude() {
  timeout_.disarm();
  Connections found;
  for (const Part& part : parts_) {
    found.complete &= part.written;
    if (!part.written) continue;
    const auto& page = *static_cast<const proto::ConnectionPage*>(part.memory.data());
    const std::size_t count = std::min<std::uint64_t>(page.count, proto::ConnectionPage::kMost);
    found.complete &= page.total <= count;
    found.rows.insert(found.rows.end(), page.rows.begin(), page.rows.begin() + static_cast<std::ptrdiff_t>(count));
  }
  parts_.clear();
  std::ranges::stable_sort(found.rows, std::greater(), &proto::ConnectionRow::age_ms);
  // Whoever is told may ask again at once: that is another question.
  for (const Answer& answer : std::exchange(askers_, {})) answer(found);
}

}  // namespace lastcall::supervisor
