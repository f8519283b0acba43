#include "lab/experiment/judge.hpp"

#include <algorithm>

namespace firstcome::lab {

judgement judge(const evidence& e) {
  const auto rows = static_cast<std::int64_t>(e.in_the_end.users.size());
  const std::unordered_set<std::int64_t> different(e.in_the_end.users.begin(), e.in_the_end.users.end());
  judgement j;
  j.over_issued = std::max<std::int64_t>(0, rows - e.quantity);
  j.duplicates = rows - static_cast<std::int64_t>(different.size());
  // A user more than the quantity may have been served twice: rows count, not users.
  j.under_issued = std::max<std::int64_t>(0, std::min(e.quantity, e.asked) - rows);
  j.count_off = e.in_the_end.issued_quantity - rows;
  j.lost = std::count_if(e.accepted.begin(), e.accepted.end(), [&](auto user) { return !different.contains(user); });
  return j;
}

std::string to_string(const judgement& j) {
  if (j.holds()) return "holds";
  std::string text;
  const auto add = [&](std::int64_t count, const std::string& what) {
    if (count != 0) text += (text.empty() ? "" : ", ") + what;
  };
  add(j.over_issued, "over-issued by " + std::to_string(j.over_issued));
  add(j.count_off, "count off by " + std::to_string(j.count_off));
  add(j.under_issued, "under-issued by " + std::to_string(j.under_issued));
  add(j.duplicates, std::to_string(j.duplicates) + (j.duplicates == 1 ? " duplicate" : " duplicates"));
  add(j.lost, std::to_string(j.lost) + " accepted and lost");
  return text;
}

}  // namespace firstcome::lab
