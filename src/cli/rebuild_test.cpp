#include "cli/rebuild.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/memory/gate_table.hpp"
#include "ledger/ledger.hpp"

namespace firstcome::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class fake_loader final : public ledger::loader {
 public:
  std::vector<coupon> coupons() override { return {offer}; }
  void issues(const std::function<void(const issue_record&)>& each) override {
    for (const issue_record& one : rows) each(one);
  }

  coupon offer;
  std::vector<issue_record> rows;
};

class rebuilding : public ::testing::Test {
 protected:
  rebuilding() {
    books.offer.id = coupon_id{7};
    books.offer.total_quantity = 5;
    books.offer.issued_quantity = 3;
    for (int n = 1; n <= 3; ++n)
      books.rows.push_back({coupon_id{7}, user_id{40 + n}, n, issue_status::issued, from_microseconds(n), {}});
  }

  std::string refusal() {
    gate::gate_table gates(1);
    try {
      rebuild_gates(gates, books, "/data");
    } catch (const std::runtime_error& e) {
      EXPECT_THAT(e.what(), HasSubstr("firstcome audit --data-dir /data"));
      return e.what();
    }
    return "";
  }

  fake_loader books;
};

TEST_F(rebuilding, brings_every_issue_back) {
  gate::gate_table gates(1);
  rebuild_gates(gates, books, "/data");
  EXPECT_EQ(gates.find(coupon_id{7})->coupon().issued_quantity, 3);
  EXPECT_EQ(gates.find(coupon_id{7})->find(user_id{42})->sequence, 2);
}

TEST_F(rebuilding, refuses_a_count_that_is_not_the_number_of_issues) {
  books.offer.issued_quantity = 4;
  EXPECT_THAT(refusal(), AllOf(HasSubstr("coupon 7"), HasSubstr("says that 4"), HasSubstr("has 3")));
  books.offer.issued_quantity = 2;
  EXPECT_THAT(refusal(), AllOf(HasSubstr("coupon 7"), HasSubstr("says that 2"), HasSubstr("has 3")));
}

TEST_F(rebuilding, refuses_more_issues_than_the_total) {
  books.offer.total_quantity = 3;
  EXPECT_EQ(refusal(), "");
  books.offer.total_quantity = 2;
  EXPECT_THAT(refusal(), AllOf(HasSubstr("coupon 7"), HasSubstr("total of 2"), HasSubstr("3 are issued")));
  books.offer.total_quantity = std::nullopt;
  EXPECT_EQ(refusal(), "");
}

TEST_F(rebuilding, refuses_a_user_who_is_in_twice) {
  books.rows[2].user = user_id{41};
  EXPECT_THAT(refusal(), AllOf(HasSubstr("coupon 7"), HasSubstr("user 41"), HasSubstr("number 1"), HasSubstr("3")));
}

TEST_F(rebuilding, refuses_a_gap_and_an_issue_without_its_coupon) {
  books.rows[2].sequence = 4;
  EXPECT_THAT(refusal(), HasSubstr("coupon 7"));
  books.rows[2].coupon = coupon_id{8};
  EXPECT_THAT(refusal(), HasSubstr("coupon 8"));
}

}  // namespace
}  // namespace firstcome::cli
