#include "domain/issue_life.hpp"

namespace firstcome {
namespace {

class step_visitor {
 public:
  step_visitor(const stored_issue& before, std::int32_t min_available_amount, timestamp now)
      : before_(before), min_available_amount_(min_available_amount), now_(now) {}

  result<issue_after_step> operator()(const use_step& use) const {
    if (before_.record.date_returned) return errc::returned;
    if (before_.record.date_used) return same_order(use.order_id) ? unchanged() : errc::already_used;
    if (use.order_amount < min_available_amount_) return errc::below_minimum;
    issue_after_step after = becomes(issue_status::used);
    after.issue.record.date_used = now_;
    after.issue.order_id = use.order_id;
    return after;
  }

  result<issue_after_step> operator()(const undo_use_step& undo) const {
    if (!before_.record.date_used) return unchanged();
    if (undo.order_id != before_.order_id) return errc::used_by_another_order;
    issue_after_step after = becomes(issue_status::issued);
    after.issue.record.date_used.reset();
    after.issue.order_id.clear();
    return after;
  }

  result<issue_after_step> operator()(const return_step&) const {
    if (before_.record.date_returned) return unchanged();
    if (before_.record.date_used) return errc::already_used;
    issue_after_step after = becomes(issue_status::returned);
    after.issue.record.date_returned = now_;
    return after;
  }

 private:
  bool same_order(const std::string& order_id) const { return !order_id.empty() && order_id == before_.order_id; }
  result<issue_after_step> unchanged() const { return issue_after_step{before_, false}; }
  issue_after_step becomes(issue_status status) const {
    issue_after_step after{before_, true};
    after.issue.record.status = status;
    return after;
  }

  const stored_issue& before_;
  const std::int32_t min_available_amount_;
  const timestamp now_;
};

}  // namespace

result<issue_after_step> after_step(const stored_issue& before, const issue_step& step,
                                    std::int32_t min_available_amount, timestamp now) {
  return std::visit(step_visitor(before, min_available_amount, now), step);
}

}  // namespace firstcome
