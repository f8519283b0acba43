#include "identity/user_tokens.hpp"

#include <mutex>
#include <stdexcept>

#include "identity/base64.hpp"

namespace firstcome::identity {
namespace {

std::shared_ptr<const key_set> shared(key_set keys) {
  if (keys.empty()) throw std::invalid_argument("there is no key to check users' tokens with");
  return std::make_shared<const key_set>(std::move(keys));
}

}  // namespace

user_tokens::user_tokens(user_token_settings settings)
    : rules_(std::move(settings.rules)), keys_(shared(std::move(settings.keys))) {}

std::shared_ptr<const key_set> user_tokens::keys() const {
  const std::shared_lock reading(lock_);
  return keys_;
}

boost::system::result<token_claim, refusal> user_tokens::read(std::string_view token, const token_hash& hash,
                                                              token_time now) const {
  auto said = read_user_token(token, rules_, now);
  if (!said) return said.error();
  const verified_tokens::generation generation = verified_.present();  // before the keys: see `use`
  std::shared_ptr<const key_set> keys = this->keys();
  if (const auto why = keys->why_none(said->signed_with, said->key_id)) return *why;
  return token_claim{hash, *std::move(said), std::move(keys), generation};
}

bool user_tokens::verify(const token_claim& claim, token_time now) {
  const unverified_token& said = claim.said;
  const std::string signature = decode_base64url(said.signature).value_or("");
  if (!claim.keys->verify(said.signed_with, said.key_id, said.signed_text, signature)) return false;
  if (forget_at(said) <= now) return false;  // it expired while it waited
  verified_.add(claim.hash, said.user, forget_at(said), now, claim.generation);
  return true;
}

// A key that comes changes nothing for who was verified by another: so issuers rotate, and nobody is verified twice.
bool user_tokens::use(key_set keys) {
  const std::shared_ptr<const key_set> next = shared(std::move(keys));
  bool keeps_all = false, adds_some = false;
  {
    const std::unique_lock writing(lock_);
    keeps_all = next->has_all_of(*keys_);
    adds_some = !keys_->has_all_of(*next);
    keys_ = next;
  }
  if (!keeps_all) verified_.forget_all();
  return adds_some || !keeps_all;
}

token_time user_tokens::forget_at(const unverified_token& said) const {
  constexpr double far_s = 253'402'300'800.0;  // the year 10000; it fits whatever a token says into a clock
  const auto expiry_ms = static_cast<std::int64_t>(std::min(said.expires_at_s, far_s) * 1000);
  return token_time(std::chrono::milliseconds(expiry_ms)) + rules_.leeway;
}

}  // namespace firstcome::identity
