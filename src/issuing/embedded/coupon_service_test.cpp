#include "issuing/embedded/coupon_service.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include "issuing/embedded/writer_thread.hpp"

namespace firstcome::issuing {
namespace {

/// A writer that nobody asks here.
class unused_ledger final : public ledger::writer {
 public:
  ledger::commit_outcome commit(std::span<const ledger::new_issue>) override {
    return ledger::commit_outcome::rolled_back;
  }
  result<coupon> create(const coupon_draft&, timestamp, const actor&, const std::optional<idempotency_key>&) override {
    return errc::overloaded;
  }
  result<coupon> store(const coupon&, timestamp, const actor&) override { return errc::overloaded; }
  result<issue_record> take_step(coupon_id, user_id, const issue_step&, timestamp, const actor&) override {
    return errc::overloaded;
  }
  void checkpoint_if_due(bool) override {}
};

template <class Error>
class failing_reader final : public ledger::reader {
 public:
  result<coupon_page> coupons(std::optional<coupon_id>, int) override { throw Error("the disk is gone"); }
  result<coupon_issue_page> issues_of_coupon(coupon_id, sequence_number, int) override { return errc::unavailable; }
  result<user_issue_page> issues_of_user(user_id, std::optional<user_issue_position>, int) override {
    return errc::unavailable;
  }
  result<operator_action_page> actions(std::optional<coupon_id>, std::optional<std::int64_t>, int) override {
    return errc::unavailable;
  }
};

class embedded_coupon_service_test : public ::testing::Test {
 protected:
  result<coupon_page> read_with(embedded_coupon_service::reader_source open_reader) {
    embedded_coupon_service service(gates_, writer_, std::move(open_reader),
                                    [this](const std::string& what) { broken_ = what; });
    boost::asio::io_context loop;
    auto page =
        boost::asio::co_spawn(loop, service.coupons({}, 10, runtime::deadline::never()), boost::asio::use_future);
    loop.run();
    return page.get();
  }

  runtime::machine_clock clock_;
  unused_ledger ledger_;
  gate::gate_table gates_{99};
  embedded_writer_thread writer_{ledger_, gates_, clock_, 10, {}};
  std::string broken_;
};

TEST_F(embedded_coupon_service_test, a_ledger_that_breaks_under_a_reader_is_reported_as_under_the_writer) {
  read_with([] { return std::make_unique<failing_reader<ledger::ledger_broken>>(); });
  EXPECT_EQ(broken_, "the disk is gone");
}

TEST_F(embedded_coupon_service_test, a_ledger_that_breaks_while_a_reader_opens_is_reported_too) {
  read_with([]() -> std::unique_ptr<ledger::reader> { throw ledger::ledger_broken("no such disk"); });
  EXPECT_EQ(broken_, "no such disk");
}

TEST_F(embedded_coupon_service_test, a_reader_that_fails_alone_answers_unavailable_and_the_node_serves_on) {
  const auto page = read_with([] { return std::make_unique<failing_reader<std::runtime_error>>(); });
  EXPECT_EQ(page.error(), errc::unavailable);
  EXPECT_EQ(broken_, "");
}

}  // namespace
}  // namespace firstcome::issuing
