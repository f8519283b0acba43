#pragma once

// Pages of the list of coupons, as JSON. Who asks while a page like theirs is being read waits, with all others who do,
// for the next read: it begins after they asked, so they are told nothing older than they would be by a read of their
// own. A lone request waits for nobody. A hundred consoles that look at once cost two reads, and no answer is kept.
//
// Thread safety: any event loop's thread. The coupon service outlives this.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "issuing/async_from_callback.hpp"
#include "issuing/coupon_service.hpp"

namespace firstcome::api {

class joint_lists {
 public:
  using shared_text = std::shared_ptr<const std::string>;

  explicit joint_lists(issuing::coupon_service& coupons) : coupons_(coupons) {}
  joint_lists(const joint_lists&) = delete;

  /// Errors: those of coupon_service::coupons. A read is bounded by the deadline of the one who came last of those whom
  /// it serves.
  issuing::async_result_of<shared_text> page(std::optional<coupon_id> after, int limit, runtime::deadline until);

 private:
  using which = std::pair<std::optional<coupon_id>, int>;
  using waiting = issuing::completion<shared_text>;
  /// Stands here while a page like it is read. Nobody waits anywhere else, so that all are gone before the loops are.
  struct readers {
    std::vector<waiting> of_this_read;  // asked before it began
    std::vector<waiting> of_the_next;
  };

  static constexpr std::nullptr_t you_read = nullptr;  // in place of a page: it is this one's turn to read

  issuing::async_result_of<shared_text> read(std::optional<coupon_id> after, int limit, runtime::deadline until);
  void join(const which& page, waiting one);
  void begin(const which& page);
  void end(const which& page, const result<shared_text>& answer);

  issuing::coupon_service& coupons_;
  std::mutex lock_;
  std::map<which, readers> reads_;
};

}  // namespace firstcome::api
