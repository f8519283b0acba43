#include "api/idempotency.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "identity/operator_tokens.hpp"

namespace firstcome::api {
namespace {

std::string fingerprint_of(const coupon_draft& draft) {
  namespace json = boost::json;
  const json::array asked = {draft.title,
                             draft.coupon_type,
                             draft.total_quantity ? json::value(*draft.total_quantity) : json::value(nullptr),
                             draft.discount_amount,
                             draft.min_available_amount,
                             to_microseconds(draft.window.start),
                             to_microseconds(draft.window.end),
                             to_string(draft.restock)};
  return identity::to_hex(identity::hash_of(json::serialize(asked)));
}

}  // namespace

reading<std::optional<idempotency_key>> read_idempotency_key(std::optional<std::string_view> sent,
                                                             const coupon_draft& draft) {
  if (!sent) return std::optional<idempotency_key>{};
  std::string_view key = *sent;
  const bool quoted = key.size() >= 2 && key.front() == '"' && key.back() == '"';
  if (quoted) key = key.substr(1, key.size() - 2);
  if (!is_idempotency_key(key) || key.find('"') != key.npos)
    return problem{problem_code::malformed_request,
                   "Idempotency-Key must be 1 to 255 visible ASCII characters, in quotation marks or not, and holds"
                   " none itself."};
  return std::optional<idempotency_key>({std::string(key), fingerprint_of(draft)});
}

}  // namespace firstcome::api
