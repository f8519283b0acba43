#include "issuing/distributed/coupon_service.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <future>

#include "sim/small_world.hpp"
#include "support/fake_gate_recovery.hpp"

namespace firstcome::issuing {
namespace {

using namespace std::chrono_literals;
using testing::node;
using testing::small_world;

// Made before there are threads, as in the program: how spdlog guards its first use ThreadSanitizer cannot see.
const auto logger = spdlog::default_logger();

class quiet final : public testing::step_watcher {
 public:
  void before(const char*) override {}
  void after(const char*) override {}
};

/// One thread has the stores while the test waits for it.
class distributed_coupon_service_test : public ::testing::Test {
 protected:
  ~distributed_coupon_service_test() override { pool_.close(); }

  template <class T>
  result<T> answer_of(async_result_of<T> work) {
    std::optional<result<T>> answer;
    boost::asio::io_context loop;
    boost::asio::co_spawn(loop, std::move(work), [&](std::exception_ptr broke, result<T> said) {
      if (!broke) answer = std::move(said);
    });
    loop.run_for(30s);
    return answer.value();
  }
  result<issue_record> take(std::int64_t user, issue_step step) {
    return answer_of(
        service_.take_step(world_.coupon, user_id{user}, std::move(step), {}, runtime::deadline::after(10s)));
  }

  small_world world_{10};
  quiet watcher_;
  node node_{world_, watcher_};
  gate::shared_gate* gate_ = nullptr;  // of the one thread
  ledger::shared_ledger* ledger_ = nullptr;
  store_pool pool_{1, 100, [this] {
                     auto made = std::make_unique<stores>();
                     made->gate =
                         std::make_unique<testing::simulated_gate>(world_.gates, [this] { return world_.time.now(); });
                     made->ledger = std::make_unique<testing::sim_ledger>(world_.ledgers);
                     gate_ = made->gate.get();
                     ledger_ = made->ledger.get();
                     return made;
                   }};
  runtime::machine_clock machine_;
  gate_clock clock_{machine_};
  testing::fake_gate_recovery recovery_;
  distributed_coupon_service service_{pool_, pool_, recovery_, clock_, 0ms};
};

TEST_F(distributed_coupon_service_test, an_issue_whose_row_is_on_its_way_is_unknown_and_never_a_no) {
  world_.ask({7, 8});
  EXPECT_EQ(take(7, use_step{1'000'000, "A-1"}).error(), errc::unavailable);
  EXPECT_EQ(take(9, use_step{1'000'000, "A-1"}).error(), errc::issue_not_found);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(take(7, use_step{1'000'000, "A-1"}).value().status, issue_status::used);
}

TEST_F(distributed_coupon_service_test, a_dead_letter_is_on_its_way_when_the_gate_is_retired_too) {
  world_.ask({7});
  world_.ledgers.refuse_user(user_id{7});
  ASSERT_TRUE(world_.settle());
  ASSERT_EQ(node_.ledger.dead_letters(world_.coupon, 0, 10).size(), 1U);
  ASSERT_TRUE(node_.gate.retire(world_.coupon, world_.gate_status().epoch, world_.gate_status().config.config_version));
  EXPECT_EQ(take(7, use_step{1'000'000, "A-1"}).error(), errc::unavailable);
  EXPECT_EQ(take(7, return_step{}).error(), errc::unavailable);
  EXPECT_EQ(take(9, use_step{1'000'000, "A-1"}).error(), errc::issue_not_found);
}

TEST_F(distributed_coupon_service_test, a_list_shows_whom_the_gate_let_in_and_of_a_retired_one_the_rows) {
  const auto admitted = [this] {
    const result<coupon_page> page = answer_of(service_.coupons({}, 10, runtime::deadline::after(10s)));
    return page.value().items.at(0).admitted_quantity;
  };
  world_.ask({7, 8, 9});
  EXPECT_EQ(admitted(), 3);
  ASSERT_TRUE(world_.settle());
  ASSERT_TRUE(node_.gate.retire(world_.coupon, world_.gate_status().epoch, world_.gate_status().config.config_version));
  EXPECT_EQ(admitted(), 3);
  EXPECT_EQ(admitted(), 3) << "and is not asked again";
}

/// The only session is taken for as long as this lives.
class taken_session {
 public:
  explicit taken_session(store_pool& of) {
    std::promise<void> begun;
    const auto hold = [this, &begun](stores&) {
      begun.set_value();
      free_.get_future().wait();
    };
    EXPECT_TRUE(of.run(
        hold, [](std::exception_ptr) {}, runtime::deadline::never()));
    begun.get_future().wait();
  }
  ~taken_session() { free_.set_value(); }

 private:
  std::promise<void> free_;
};

TEST_F(distributed_coupon_service_test, who_waits_for_a_session_leaves_at_the_deadline_and_nothing_was_done) {
  world_.ask({7});
  ASSERT_TRUE(world_.settle());
  {
    const taken_session by_somebody(pool_);
    const auto until = [] { return runtime::deadline::after(20ms); };
    EXPECT_EQ(answer_of(service_.show(world_.coupon, until())).error(), errc::overloaded);
    EXPECT_EQ(answer_of(service_.create({}, {}, {}, until())).error(), errc::overloaded);
    EXPECT_EQ(answer_of(service_.take_step(world_.coupon, user_id{7}, use_step{1'000'000, "A-1"}, {}, until())).error(),
              errc::overloaded);
  }
  EXPECT_EQ(answer_of(service_.find(world_.coupon, user_id{7}, runtime::deadline::never())).value().status,
            issue_status::issued);
}

TEST_F(distributed_coupon_service_test, the_stores_are_told_the_requests_deadline_less_the_time_for_the_answer) {
  distributed_coupon_service service(pool_, pool_, recovery_, clock_, 1s);
  const runtime::deadline until = runtime::deadline::after(1h);
  ASSERT_TRUE(answer_of(service.show(world_.coupon, until)));
  EXPECT_EQ(ledger_->until(), until.sooner_by(1s));
  EXPECT_EQ(gate_->until(), until.sooner_by(1s));
  ASSERT_FALSE(answer_of(service.take_step(world_.coupon, user_id{7}, use_step{1'000'000, "A-1"}, {}, until)));
  EXPECT_EQ(ledger_->until(), until.sooner_by(1s));
}

}  // namespace
}  // namespace firstcome::issuing
