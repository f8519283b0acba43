#pragma once

// The few operator's calls that a burst needs, one after the other over the HTTP API. Blocking. Every function throws
// std::runtime_error (or boost::system::system_error) when the server does not answer as it should.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auditor/auditor.hpp"
#include "lab/load/closed_loop.hpp"

namespace firstcome::burst {

class admin_client {
 public:
  admin_client(load::endpoint target, std::string token) : target_(std::move(target)), token_(std::move(token)) {}

  /// Creates a coupon that is open since an hour ago and for a day. Without a quantity it is unlimited. `pool`: what is
  /// returned is given again.
  std::int64_t create_coupon(std::optional<std::int32_t> total_quantity, bool pool = false) const;
  /// The coupon's own account and every row of it, page by page. Returned places count as issued, and as many more as
  /// may be given.
  auditor::books books_of(std::int64_t coupon) const;

 private:
  std::string call(std::string_view method, const std::string& target, const std::string& body,
                   unsigned expected) const;

  load::endpoint target_;
  std::string token_;
};

}  // namespace firstcome::burst
