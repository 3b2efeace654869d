// Descriptors that nobody has had to wait for yet, in the order in which they came: each generation is registered when it has aged, all at
// once. What leaves in between costs an index into a vector. Owned by the Poller; no allocation in the steady state.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace lastcall::io {

class Pollable;

class LateList {
 public:
  // Where something stands; kNowhere: it does not.
  using Place = std::uint32_t;
  static constexpr Place kNowhere = ~Place{0};

  struct Entry {
    int fd;
    Pollable* pollable;  // null: has left
  };

  Place put(Entry entry) {
    std::vector<Entry>& young = generations_[young_];
    young.push_back(entry);
    return static_cast<Place>(young.size() - 1) << 1 | young_;
  }
  void remove(Place place) { generations_[place & 1][place >> 1].pollable = nullptr; }

  // Those that were there at the last age(). They stay in place, so that each may leave or be destroyed while they are gone through, and
  // what is put meanwhile is young.
  const std::vector<Entry>& old() const { return generations_[young_ ^ 1]; }
  void age() {
    young_ ^= 1;
    generations_[young_].clear();
  }
  bool empty() const { return generations_[0].empty() && generations_[1].empty(); }

 private:
  std::array<std::vector<Entry>, 2> generations_;
  Place young_ = 0;
};

}  // namespace lastcall::io
