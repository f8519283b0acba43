// The hot path allocates nothing. Asked of AddressSanitizer, which sees every allocation: without it there is no test.

#if defined(__SANITIZE_ADDRESS__)

#include <gtest/gtest.h>

#include "api/application.hpp"
#include "support/fake_coupon_service.hpp"
#include "support/fake_exchange.hpp"
#include "support/fake_issuer.hpp"

// GCC ships the function and not its header (sanitizer/allocator_interface.h).
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*, std::size_t),
                                                         void (*on_free)(const volatile void*));

namespace firstcome::api {
namespace {

thread_local int allocations = 0;

void count_allocation(const volatile void*, std::size_t) {
  ++allocations;
}
void ignore_release(const volatile void*) {}

TEST(the_hot_path, allocates_nothing) {
  static const int installed = __sanitizer_install_malloc_and_free_hooks(count_allocation, ignore_release);
  ASSERT_NE(installed, 0);
  boost::asio::io_context loop;
  testing::fake_completion_queue answers;
  testing::fake_issuer issuer;
  testing::fake_coupon_service service;
  runtime::metrics metrics{route_names()};
  const runtime::machine_clock clock;
  const std::atomic<bool> ready{true};
  application app({issuer, service, metrics, clock, ready}, {.admin_token = "admin-token", .tokens = {}});

  for (const verdict what : {verdict::admitted, verdict::already_issued, verdict::sold_out, verdict::not_started}) {
    issuer.says = issue_decision{what, {}, clock.now()};
    for (const bool at_once : {true, false, true, false}) {
      testing::fake_exchange x(loop, answers);
      x.sent = {http::method::post,
                "/v1/coupons/9223372036854775807/issues",
                {},
                "application/json",
                {},
                R"({"userId":9223372036854775807})"};
      issuer.at_once = at_once;
      http::request_head head;
      head.method = x.sent.method;
      head.path = x.sent.path;
      allocations = 0;
      EXPECT_LE(x.sent.body.size(), app.receive(head).body_max);
      app.handle(x);
      if (!at_once) issuer.let_go();
      const int counted = allocations;
      EXPECT_EQ(x.answers_given, 1);
      EXPECT_EQ(counted, 0) << x.body;
    }
  }
}

}  // namespace
}  // namespace firstcome::api

#endif
