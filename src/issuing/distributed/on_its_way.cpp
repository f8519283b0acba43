#include "issuing/distributed/on_its_way.hpp"

#include <map>

namespace firstcome::issuing {

namespace {

using places = std::vector<std::size_t>;
using records = std::vector<result<issue_record>>;

/// Of these users, those at these places.
std::vector<user_id> users_at(std::span<const user_id> users, const places& where) {
  std::vector<user_id> some;
  some.reserve(where.size());
  for (const std::size_t n : where) some.push_back(users[n]);
  return some;
}

places not_found(const records& found) {
  places where;
  for (std::size_t n = 0; n < found.size(); ++n)
    if (!found[n] && found[n].error() == errc::issue_not_found) where.push_back(n);
  return where;
}

/// Whatever they were let in as, of one coupon; a dead letter is found also when the gate is retired.
records find_anywhere(stores& use, gate_recovery& recovery, coupon_id id, std::span<const user_id> users) {
  records found = use.ledger->find_issues(id, users);
  const places unknown = not_found(found);
  if (unknown.empty()) return found;
  const records in_gate = find_in_gate(use, recovery, id, users_at(users, unknown));
  for (std::size_t n = 0; n < unknown.size(); ++n) found[unknown[n]] = in_gate[n];
  return found;
}

}  // namespace

// The gate is asked for its state last: of the epoch that it then still has, it has answered for each user.
records find_in_gate(stores& use, gate_recovery& recovery, coupon_id id, std::span<const user_id> users) {
  const auto all = [&](errc why) { return records(users.size(), why); };
  const result<coupon> row = use.ledger->find_coupon(id);
  if (!row) return records(users.size(), row.error());
  const std::vector<std::optional<gate::admitted>> in = use.gate->find_each(id, row->epoch, users);
  const std::optional<gate::gate_status> status = use.gate->status(id);
  const bool is_the_gate = status && status->epoch == row->epoch;
  // All rows are in the ledger by then; some may have come since it was asked first.
  if (is_the_gate && status->retired) return use.ledger->find_issues(id, users);
  if (!is_the_gate || !status->confirmed()) {
    recovery.make_ready(id, [](recovery_result) {});
    return all(errc::unavailable);
  }
  records found = all(errc::issue_not_found);
  for (std::size_t n = 0; n < users.size(); ++n)
    if (in[n])
      found[n] = issue_record{.coupon = id,
                              .user = users[n],
                              .sequence = in[n]->sequence,
                              .status = issue_status::accepted,
                              .date_issued = in[n]->admitted_at,
                              .date_used = {}};
  return found;
}

records unless_on_its_way(stores& use, gate_recovery& recovery, std::span<const ledger::step_request> steps,
                          records answers) {
  std::map<coupon_id, places> unknown;
  for (const std::size_t n : not_found(answers)) unknown[steps[n].coupon].push_back(n);
  for (const auto& [coupon, where] : unknown) {
    std::vector<user_id> users;
    for (const std::size_t n : where) users.push_back(steps[n].user);
    const records found = find_anywhere(use, recovery, coupon, users);
    for (std::size_t n = 0; n < where.size(); ++n)
      answers[where[n]] = found[n] ? result<issue_record>(errc::unavailable) : found[n];
  }
  return answers;
}

}  // namespace firstcome::issuing
