#pragma once

// Why a token was refused. The names are labels of a metric, and words of the documents: never rename one.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace firstcome::identity {

enum class refusal : std::uint8_t {
  missing,        // no `Authorization: Bearer …` at all
  malformed,      // not three parts of base64url, the first two of them JSON objects
  type,           // `typ` says that it is another kind of token
  critical,       // `crit` names what nobody here understands
  algorithm,      // none of our keys is for this `alg`
  unknown_key,    // none of our keys has this `kid`
  issuer,         //
  audience,       //
  expired,        //
  no_expiry,      // `exp` is missing and was not waived
  not_yet_valid,  // before `nbf`
  user,           // the claim that names the user is missing or is no user id
  signature,      //
  unknown_token,  // no operator has this token
  // A claim, or a member of the header, that is there as another kind of JSON value than it must be.
  algorithm_kind,   // or `alg` is missing
  key_id_kind,      //
  issuer_kind,      //
  audience_kind,    //
  expiry_kind,      //
  not_before_kind,  //
};

constexpr std::size_t refusals = static_cast<std::size_t>(refusal::not_before_kind) + 1;

std::string_view name_of(refusal why);
/// All names, in the order of the values.
std::vector<std::string> refusal_names();

/// What a node tells whoever sent a token. The words name the claim that holds the user, as the node was told to call
/// it. Thread safety: immutable.
class refusal_words {
 public:
  explicit refusal_words(std::string_view user_claim = "sub");

  /// One sentence for whoever made the token; it tells nothing that only the token's issuer may know.
  std::string_view description_of(refusal why) const { return descriptions_[static_cast<std::size_t>(why)]; }
  /// A complete `WWW-Authenticate` line, CRLF included (RFC 6750 section 3).
  std::string_view challenge_of(refusal why) const { return challenges_[static_cast<std::size_t>(why)]; }

 private:
  std::array<std::string, refusals> descriptions_, challenges_;
};

}  // namespace firstcome::identity
