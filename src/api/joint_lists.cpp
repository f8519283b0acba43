#include "api/joint_lists.hpp"

#include <exception>
#include <functional>

#include "api/json_out.hpp"

namespace firstcome::api {

issuing::async_result_of<joint_lists::shared_text> joint_lists::page(std::optional<coupon_id> after, int limit,
                                                                     runtime::deadline until) {
  const which page{after, limit};
  const std::function<void(waiting)> joining = [this, page](waiting one) { join(page, std::move(one)); };
  issuing::async_result_of<shared_text> waits = issuing::async_from_callback<shared_text>(joining);
  result<shared_text> answer = co_await std::move(waits);
  if (!answer || *answer != you_read) co_return answer;

  begin(page);
  std::exception_ptr broke;
  try {
    issuing::async_result_of<shared_text> reading = read(after, limit, until);
    answer = co_await std::move(reading);
  } catch (...) {
    broke = std::current_exception();
    answer = errc::unavailable;
  }
  end(page, answer);
  if (broke) std::rethrow_exception(broke);
  co_return answer;
}

issuing::async_result_of<joint_lists::shared_text> joint_lists::read(std::optional<coupon_id> after, int limit,
                                                                     runtime::deadline until) {
  issuing::async_result_of<coupon_page> reading = coupons_.coupons(after, limit, until);
  const result<coupon_page> page = co_await std::move(reading);
  if (!page) co_return page.error();
  const auto text = std::make_shared<std::string>();
  append(*text, *page, coupons_.now());
  co_return shared_text(text);
}

void joint_lists::join(const which& page, waiting one) {
  {
    const std::lock_guard locked(lock_);
    const auto [found, is_first] = reads_.try_emplace(page);
    if (!is_first) return found->second.of_the_next.push_back(std::move(one));
  }
  one(shared_text(you_read));
}

void joint_lists::begin(const which& page) {
  const std::lock_guard locked(lock_);
  readers& all = reads_.at(page);
  all.of_this_read = std::exchange(all.of_the_next, {});
}

/// One of those who came meanwhile reads for all of them.
void joint_lists::end(const which& page, const result<shared_text>& answer) {
  std::vector<waiting> done;
  waiting next;
  {
    const std::lock_guard locked(lock_);
    const auto found = reads_.find(page);
    done = std::exchange(found->second.of_this_read, {});
    if (found->second.of_the_next.empty()) {
      reads_.erase(found);
    } else {
      next = std::move(found->second.of_the_next.back());
      found->second.of_the_next.pop_back();
    }
  }
  for (const waiting& one : done) one(answer);
  if (next) next(shared_text(you_read));
}

}  // namespace firstcome::api
