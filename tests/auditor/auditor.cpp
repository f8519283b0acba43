#include "auditor/auditor.hpp"

#include "auditor/judges.hpp"

namespace firstcome::auditor {

std::vector<broken_promise> audit(std::span<const request> history, const books& final_books, const assumptions& given,
                                  std::size_t examples_max) {
  const evidence all(history, final_books, given);
  findings found(examples_max);
  judge_users(all, found);
  judge_books(all, found);
  judge_places(all, found);
  judge_order(all, found);
  judge_sold_out(all, found);
  judge_window(all, found);
  judge_life(all, found);
  judge_delays(all, found);
  return found.take();
}

}  // namespace firstcome::auditor
