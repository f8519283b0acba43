#pragma once

// `firstcome coupon use|undo-use|return`: what happens to one issue after the yes, over a running node. Every one of
// them may be run again when its answer got lost.

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string>

#include "api/node_client.hpp"
#include "cli/shown_times.hpp"

namespace firstcome::cli {

struct life_options {
  std::int64_t coupon = 0;
  std::int64_t user = 0;
  std::optional<std::int32_t> order_amount;
  std::string order_id;
  std::string reason;
};

// Each answers the record.
boost::json::value use_issue(const api::node_client& node, const life_options& o);
boost::json::value undo_use(const api::node_client& node, const life_options& o);
boost::json::value return_issue(const api::node_client& node, const life_options& o);

/// "user 42 has number 3 of coupon 1: used at …".
std::string sentence_of(const boost::json::object& record, const shown_times& times);

}  // namespace firstcome::cli
