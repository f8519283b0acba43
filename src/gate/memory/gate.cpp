#include "gate/memory/gate.hpp"

#include <cassert>
#include <mutex>
#include <stdexcept>
#include <string>

namespace firstcome::gate {

gate::gate(firstcome::coupon c, std::uint64_t hash_seed) : coupon_(std::move(c)), admitted_(hash_seed) {
  coupon_.issued_quantity = 0;  // counted when asked for: the rest of the sequences
}

issue_decision gate::early_decision(user_id user, timestamp now) const {
  std::shared_lock reading(lock_);
  return decide(user, now, 0);
}

sold_out_view gate::look(user_id user, timestamp now) const {
  std::shared_lock reading(lock_);
  if (decide_stranger(now, 0).what != verdict::sold_out) return sold_out_view::no;
  return admitted_.find(user) == 0 ? sold_out_view::surely_not_in : sold_out_view::perhaps_in;
}

std::optional<issue_record> gate::find(user_id user) const {
  std::shared_lock reading(lock_);
  const sequence_number sequence = admitted_.find(user);
  if (sequence == 0) return std::nullopt;
  return record_of(sequence);
}

firstcome::coupon gate::coupon() const {
  std::shared_lock reading(lock_);
  firstcome::coupon c = coupon_;
  c.issued_quantity = admitted_.size() - c.returned_quantity - c.gone_quantity;
  return c;
}

issue_decision gate::decide(user_id user, timestamp now) const {
  return decide(user, now, staged_.size());
}

// The order of these lines is the contract's order of verdicts.
issue_decision gate::decide(user_id user, timestamp now, std::size_t staged) const {
  if (const sequence_number sequence = admitted_.find(user)) {
    const issue_record record = record_of(sequence);
    if (record.date_returned) return {verdict::returned, {}, {}};
    return {verdict::already_issued, record, {}};
  }
  return decide_stranger(now, staged);
}

issue_decision gate::decide_stranger(timestamp now, std::size_t staged) const {
  if (coupon_.paused) return {verdict::paused, {}, {}};
  if (coupon_.window.not_started_at(now)) return {verdict::not_started, {}, coupon_.window.start};
  if (coupon_.window.ended_at(now)) return {verdict::ended, {}, {}};
  const auto taken = static_cast<std::int64_t>(admitted_.size()) + static_cast<std::int64_t>(staged);
  if (taken >= coupon_.sequence_limit().value_or(quantity_max)) return {verdict::sold_out, {}, {}};
  return {verdict::admitted, {}, {}};
}

issue_record gate::stage(user_id user, timestamp date_issued) {
  staged_.push_back({user, date_issued, {}});
  return {.coupon = coupon_.id,
          .user = user,
          .sequence = admitted_.size() + static_cast<sequence_number>(staged_.size()),
          .status = issue_status::issued,
          .date_issued = date_issued,
          .date_used = {}};
}

void gate::commit_staged() {
  auto grown = admitted_.prepare_growth(staged_.size());
  {
    std::unique_lock writing(lock_);
    admitted_.adopt(grown);
    for (const admitted_user& one : staged_) admitted_.append(one.user, one.date_issued);
  }
  staged_.clear();
}

void gate::drop_staged() {
  staged_.clear();
}

void gate::configure(firstcome::coupon changed) {
  assert(staged_.empty());
  std::unique_lock writing(lock_);
  coupon_ = std::move(changed);
}

void gate::note_step(const issue_record& after) {
  std::unique_lock writing(lock_);
  const sequence_number sequence = admitted_.find(after.user);
  if (sequence == 0) return;
  const bool newly_returned = after.date_returned && !record_of(sequence).date_returned;
  admitted_.set_left(sequence, after);
  if (newly_returned) coupon_ = with_return(std::move(coupon_));
}

void gate::restore(const issue_record& record) {
  if (record.sequence != admitted_.size() + 1)
    throw std::runtime_error("coupon " + std::to_string(raw(coupon_.id)) + ": issue " +
                             std::to_string(record.sequence) + " follows issue " + std::to_string(admitted_.size()));
  auto grown = admitted_.prepare_growth(1);
  admitted_.adopt(grown);
  admitted_.append(record.user, record.date_issued);
  admitted_.set_left(record.sequence, record);
}

issue_record gate::record_of(sequence_number sequence) const {
  const admitted_user& one = admitted_.at(sequence);
  issue_record record{.coupon = coupon_.id,
                      .user = one.user,
                      .sequence = sequence,
                      .status = issue_status::issued,
                      .date_issued = one.date_issued,
                      .date_used = {}};
  if (one.date_left > timestamp{}) {
    record.status = issue_status::used;
    record.date_used = one.date_left;
  } else if (one.date_left < timestamp{}) {
    record.status = issue_status::returned;
    record.date_returned = timestamp{} - one.date_left.time_since_epoch();
  }
  return record;
}

}  // namespace firstcome::gate
