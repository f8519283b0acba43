#pragma once

// A small coupon that keeps every promise, with everything that may disturb it: answers that get lost, requests that
// are carried out late, connections that fall silent, nodes that say "sold out" by heart, losses, operators (who lower
// to what is just being passed), clocks that step. What its crowd sent
// and heard is a history that the judge must never accuse. Deterministic in its seed.

#include <cstdint>
#include <vector>

#include "auditor/auditor.hpp"

namespace firstcome::auditor {

struct scene {
  std::vector<request> history;
  books final_books;
  assumptions given;
};

struct disturbances {
  int users = 30;
  int requests = 80;
  int quantity = 10;  // 0: unlimited
  int losses = 0;
  int quantity_changes = 0;
  int pauses = 0;
  int window_changes = 0;  // and steps of the clock
  int silences = 0;
};

scene honest_scene(std::uint32_t seed, const disturbances& with = {});

}  // namespace firstcome::auditor
