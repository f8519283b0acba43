#include "identity/verified_tokens.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace firstcome::identity {

verified_tokens::verified_tokens(std::size_t tokens_max)
    : buckets_count_(std::bit_ceil(std::max<std::size_t>(tokens_max / places_each, 1))),
      buckets_(static_cast<bucket*>(std::calloc(buckets_count_, sizeof(bucket)))) {
  if (!buckets_) throw std::bad_alloc();
}

std::size_t verified_tokens::bucket_of(const token_hash& token) const {
  std::uint64_t some = 0;
  std::memcpy(&some, token.data(), sizeof some);
  return some & (buckets_count_ - 1);
}

std::optional<user_id> verified_tokens::find(const token_hash& token, token_time now) const {
  const std::size_t at = bucket_of(token);
  const std::lock_guard held(lock_of(at));
  for (const entry& one : buckets_[at])
    if (now < one.forget_at && one.token == token) return one.user;
  return std::nullopt;
}

void verified_tokens::add(const token_hash& token, user_id user, token_time forget_at, token_time now,
                          generation verified_in) {
  if (forget_at <= now) return;
  const std::size_t at = bucket_of(token);
  const std::lock_guard held(lock_of(at));
  if (present() != verified_in) return;
  bucket& places = buckets_[at];
  auto place = std::ranges::find(places, token, &entry::token);
  if (place == places.end()) place = std::ranges::min_element(places, {}, &entry::forget_at);
  *place = {token, user, forget_at};
}

// Whoever adds looks at the generation with the bucket's lock held: either that is past this, or it is cleared here.
void verified_tokens::forget_all() {
  generation_.fetch_add(1, std::memory_order_acq_rel);
  for (std::size_t at = 0; at < buckets_count_; ++at) {
    const std::lock_guard held(lock_of(at));
    buckets_[at].fill(entry{});
  }
}

}  // namespace firstcome::identity
