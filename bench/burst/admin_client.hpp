#pragma once

// The few operator's calls that a burst needs, one after the other over the HTTP API. Blocking. Every function throws
// `api::node_refused` when the server does not answer as it should.

#include <cstdint>
#include <optional>
#include <string>

#include "api/node_client.hpp"
#include "auditor/auditor.hpp"

namespace firstcome::burst {

class admin_client {
 public:
  /// `token` may be empty, for a coupon that anyone may see.
  admin_client(const std::string& url, const std::string& token);

  /// Creates a coupon that is open since an hour ago and for a day. Without a quantity it is unlimited. `pool`: what is
  /// returned is given again.
  std::int64_t create_coupon(std::optional<std::int32_t> total_quantity, bool pool = false) const;
  /// The coupon's own account and every row of it, page by page. Returned places count as issued, and as many more as
  /// may be given.
  auditor::books books_of(std::int64_t coupon) const;

 private:
  api::node_client node_;
};

}  // namespace firstcome::burst
