#include "api/joint_lists.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "support/fake_coupon_service.hpp"

namespace firstcome::api {
namespace {

using testing::fake_coupon_service;
using ::testing::HasSubstr;

/// Its lists begin when they are asked for, see what there is at that instant, and end when the test lets them.
class slow_lists final : public fake_coupon_service {
 public:
  explicit slow_lists(boost::asio::io_context& loop) : let_go_(loop, boost::asio::steady_timer::time_point::max()) {}

  async_result_of<coupon_page> coupons(std::optional<coupon_id> after, int limit, runtime::deadline until) override {
    ++begun;
    async_result_of<coupon_page> reading = fake_coupon_service::coupons(after, limit, until);
    result<coupon_page> page = co_await std::move(reading);
    boost::system::error_code ignored;
    co_await let_go_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    if (breaks) throw std::runtime_error("as the test wants it");
    co_return page;
  }
  void let_go() { let_go_.cancel(); }

  int begun = 0;
  bool breaks = false;

 private:
  boost::asio::steady_timer let_go_;
};

class joint_lists_test : public ::testing::Test {
 protected:
  joint_lists_test() { add("first"); }

  void add(const std::string& title) {
    coupon c;
    c.id = coupon_id{static_cast<std::int64_t>(service_.coupons_by_id.size()) + 1};
    c.title = title;
    service_.coupons_by_id[raw(c.id)] = c;
  }

  /// What it comes to, once it has.
  using heard = std::shared_ptr<std::optional<result<joint_lists::shared_text>>>;
  heard ask(std::optional<coupon_id> after = {}, int limit = 10) {
    const auto told = std::make_shared<std::optional<result<joint_lists::shared_text>>>();
    boost::asio::co_spawn(loop_, lists_.page(after, limit, runtime::deadline::never()),
                          [told](std::exception_ptr broke, result<joint_lists::shared_text> page) {
                            *told = broke ? result<joint_lists::shared_text>(errc::unavailable) : page;
                          });
    run();
    return told;
  }
  /// Everything that can be done now.
  void run() {
    loop_.restart();
    loop_.poll();
  }
  void let_go() {
    service_.let_go();
    run();
  }

  boost::asio::io_context loop_;
  slow_lists service_{loop_};
  joint_lists lists_{service_};
};

TEST_F(joint_lists_test, a_lone_request_is_read_at_once) {
  const heard one = ask();
  EXPECT_EQ(service_.begun, 1);
  let_go();
  EXPECT_THAT(**one->value(), HasSubstr("first"));
}

TEST_F(joint_lists_test, those_who_ask_while_a_page_is_read_share_the_next_read) {
  const heard one = ask();
  std::vector<heard> others;
  for (int n = 0; n < 20; ++n) others.push_back(ask());
  EXPECT_EQ(service_.begun, 1);
  let_go();
  EXPECT_TRUE(one->has_value());
  EXPECT_EQ(service_.begun, 2);
  for (const heard& other : others) EXPECT_FALSE(other->has_value());
  let_go();
  EXPECT_EQ(service_.begun, 2);
  for (const heard& other : others) EXPECT_EQ(**other->value(), **one->value());
}

TEST_F(joint_lists_test, nobody_hears_of_a_time_before_he_asked) {
  const heard one = ask();
  add("second");
  const heard other = ask();
  let_go();
  let_go();
  EXPECT_THAT(**one->value(), ::testing::Not(HasSubstr("second")));
  EXPECT_THAT(**other->value(), HasSubstr("second"));
}

TEST_F(joint_lists_test, other_pages_are_read_by_themselves) {
  ask();
  ask(coupon_id{1});
  ask({}, 11);
  EXPECT_EQ(service_.begun, 3);
  let_go();
}

TEST_F(joint_lists_test, a_failure_is_everybodys_who_shared_the_read_and_the_next_one_reads_again) {
  ask();
  const heard one = ask(), other = ask();
  service_.fails_with = errc::unavailable;
  let_go();
  let_go();
  EXPECT_EQ(one->value().error(), errc::unavailable);
  EXPECT_EQ(other->value().error(), errc::unavailable);
  service_.fails_with.reset();
  const heard later = ask();
  let_go();
  EXPECT_TRUE(later->value());
}

TEST_F(joint_lists_test, a_read_that_breaks_leaves_nobody_waiting) {
  service_.breaks = true;
  const heard reader = ask();
  const heard next = ask(), shares = ask();
  let_go();
  EXPECT_TRUE(reader->has_value());
  let_go();
  ASSERT_TRUE(next->has_value());
  ASSERT_TRUE(shares->has_value());
  EXPECT_EQ(next->value().has_error() && shares->value().has_error(), true);
  service_.breaks = false;
  const heard later = ask();
  let_go();
  EXPECT_TRUE(later->value());
}

}  // namespace
}  // namespace firstcome::api
