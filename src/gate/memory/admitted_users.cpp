#include "gate/memory/admitted_users.hpp"

#include <bit>
#include <cassert>

namespace firstcome::gate {

namespace {
constexpr std::size_t slots_min = 16;
}

admitted_users::admitted_users(std::uint64_t hash_seed)
    : hash_seed_(hash_seed), index_(std::make_unique<sequence_index>(slots_min)) {}

// The finalizer of SplitMix64 (Steele, Lea, Flood 2014), keyed by the seed.
std::uint64_t admitted_users::hash(user_id user) const {
  std::uint64_t z = static_cast<std::uint64_t>(raw(user)) ^ hash_seed_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

sequence_number admitted_users::find(user_id user) const {
  return index_->find(hash(user), [&](sequence_number sequence) { return at(sequence).user == user; });
}

std::unique_ptr<sequence_index> admitted_users::prepare_growth(std::size_t more) const {
  if (size_ + more <= index_->capacity()) return nullptr;
  auto grown = std::make_unique<sequence_index>(std::bit_ceil((size_ + more) * 4 / 3 + 2));
  for (std::size_t k = 0; k < size_; ++k) grown->insert(hash(entry(k).user), static_cast<sequence_number>(k + 1));
  return grown;
}

void admitted_users::adopt(std::unique_ptr<sequence_index>& grown) {
  if (grown) index_.swap(grown);
}

void admitted_users::append(user_id user, timestamp date_issued) {
  assert(size_ < index_->capacity());
  if (size_ % chunk_entries == 0) chunks_.push_back(std::make_unique<admitted_user[]>(chunk_entries));
  chunks_[size_ / chunk_entries][size_ % chunk_entries] = {user, date_issued, {}};
  ++size_;
  index_->insert(hash(user), static_cast<sequence_number>(size_));
}

void admitted_users::set_left(sequence_number sequence, const issue_record& record) {
  const auto k = static_cast<std::size_t>(sequence) - 1;
  timestamp& left = chunks_[k / chunk_entries][k % chunk_entries].date_left;
  left = record.date_used.value_or(timestamp{});
  if (record.date_returned) left = timestamp{} - (*record.date_returned - timestamp{});
}

}  // namespace firstcome::gate
