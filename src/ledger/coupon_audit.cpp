#include "ledger/coupon_audit.hpp"

#include <algorithm>

namespace firstcome::ledger {
namespace {

// What the wire can say: the years 1970 to 9999.
constexpr std::int64_t date_us_max = 253'402'300'799'999'999;

using std::to_string;

class coupon_comparison {
 public:
  coupon_comparison(const audited_coupon& coupon, std::vector<audited_issue> issues)
      : coupon_(coupon), issues_(std::move(issues)) {}

  coupon_findings compare() {
    check_values();
    check_sequences();
    check_users();
    check_counts();
    return std::move(findings_);
  }

 private:
  void differs(const std::string& what) {
    findings_.differences.push_back("coupon " + to_string(coupon_.id) + ": " + what);
  }
  void inconsistent(const std::string& what) {
    differs(what);
    findings_.issues_consistent = false;
  }

  void check_values() {
    for (const audited_issue& i : issues_) {
      const std::string who = "user " + to_string(i.user) + " with sequence " + to_string(i.sequence);
      if (i.user < id_min) inconsistent(who + ": not a user id");
      if (i.sequence < 1 || i.sequence > quantity_max) inconsistent(who + ": not a sequence");
      if (i.date_issued_us < 0 || i.date_issued_us > date_us_max) differs(who + ": date_issued is out of bounds");
      if (i.date_used_us && (*i.date_used_us < 0 || *i.date_used_us > date_us_max)) {
        differs(who + ": date_used is out of bounds");
      }
      if (i.date_returned_us && i.date_used_us) inconsistent(who + ": is used and returned");
      if (!i.date_returned_us) ++findings_.live;
    }
  }

  void check_sequences() {
    std::sort(issues_.begin(), issues_.end(), [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
    std::int64_t last = 0;
    const audited_issue* previous = nullptr;
    for (const audited_issue& i : issues_) {
      if (previous != nullptr && i.sequence == last) {
        inconsistent("sequence " + to_string(last) + " was given to user " + to_string(previous->user) +
                     " and to user " + to_string(i.user));
      } else if (i.sequence == last + 2) {
        inconsistent("nobody has sequence " + to_string(last + 1));
      } else if (i.sequence > last + 2) {
        inconsistent("nobody has the sequences " + to_string(last + 1) + " to " + to_string(i.sequence - 1));
      }
      last = std::max(last, i.sequence);
      previous = &i;
    }
  }

  void check_users() {
    std::sort(issues_.begin(), issues_.end(), [](const auto& a, const auto& b) {
      return a.user != b.user ? a.user < b.user : a.sequence < b.sequence;
    });
    for (std::size_t i = 1; i < issues_.size(); ++i) {
      if (issues_[i].user != issues_[i - 1].user) continue;
      inconsistent("user " + to_string(issues_[i].user) + " has the sequences " + to_string(issues_[i - 1].sequence) +
                   " and " + to_string(issues_[i].sequence));
    }
  }

  void check_counts() {
    const auto rows = static_cast<std::int64_t>(issues_.size());
    const std::int64_t returned = rows - findings_.live;
    if (coupon_.total_quantity && rows > *coupon_.total_quantity + coupon_.returned_quantity) {
      const std::string restocked =
          coupon_.returned_quantity == 0 ? "" : " and the " + to_string(coupon_.returned_quantity) + " returned to it";
      inconsistent(to_string(rows) + " issues, more than its total_quantity " + to_string(*coupon_.total_quantity) +
                   restocked);
    }
    if (findings_.live != coupon_.issued_quantity) {
      differs("issued_quantity says " + to_string(coupon_.issued_quantity) + ", and there are " +
              to_string(findings_.live) + " issues" + (returned == 0 ? "" : " that are not returned"));
    }
    if (returned != coupon_.returned_quantity + coupon_.gone_quantity) {
      inconsistent("returned_quantity and gone_quantity say " +
                   to_string(coupon_.returned_quantity + coupon_.gone_quantity) + ", and " + to_string(returned) +
                   " issues are returned");
    }
  }

  const audited_coupon& coupon_;
  std::vector<audited_issue> issues_;
  coupon_findings findings_;
};

}  // namespace

coupon_findings find_differences(const audited_coupon& coupon, std::vector<audited_issue> issues) {
  return coupon_comparison(coupon, std::move(issues)).compare();
}

std::string orphans(std::int64_t coupon, const std::vector<audited_issue>& issues) {
  const audited_issue& first = issues.front();
  return "coupon " + to_string(coupon) + ": does not exist, and has " + to_string(issues.size()) +
         " issues (one is user " + to_string(first.user) + " with sequence " + to_string(first.sequence) + ")";
}

}  // namespace firstcome::ledger
