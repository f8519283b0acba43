#include "sim/history/node_front.hpp"

#include <stdexcept>
#include <utility>

namespace firstcome::sim {

using auditor::outcome;

void sim_completion_queue::deliver(runtime::completion_list&& answered) {
  arrived_.splice(arrived_.end(), answered);
  process_.after(one_turn, [this] { runtime::complete_all(arrived_); });
}

namespace {

auditor::issue_state state_of(issue_status status) {
  switch (status) {
    case issue_status::accepted:
    case issue_status::issued:
      return auditor::issue_state::live;
    case issue_status::used:
      return auditor::issue_state::used;
    case issue_status::returned:
      return auditor::issue_state::returned;
  }
  return auditor::issue_state::none;
}

heard heard_of(const result<issue_decision>& answer) {
  if (!answer) return {answer.error() == errc::overloaded ? outcome::overloaded : outcome::unknown};
  switch (answer->what) {
    case verdict::admitted:
    case verdict::already_issued:
      return {outcome::yes, answer->record.sequence};
    case verdict::sold_out:
      return {outcome::sold_out};
    case verdict::paused:
      return {outcome::paused};
    case verdict::not_started:
      return {outcome::not_started};
    case verdict::ended:
      return {outcome::ended};
    case verdict::returned:
      return {outcome::returned};
    case verdict::coupon_not_found:
      break;
  }
  throw std::logic_error("a coupon that is there was not found");
}

}  // namespace

life_answer answer_of(auditor::step_kind kind, const result<issue_record>& said) {
  using auditor::step_outcome;
  if (said) {
    const bool looked = kind == auditor::step_kind::look;
    return {step_outcome::done, looked ? state_of(said->status) : auditor::issue_state::none};
  }
  switch (static_cast<errc>(said.error().value())) {
    case errc::overloaded:
      return {step_outcome::overloaded};
    case errc::unavailable:
      return {step_outcome::unknown};
    case errc::issue_not_found:
      return {step_outcome::no_issue};
    case errc::already_used:
      return {step_outcome::already_used};
    case errc::used_by_another_order:
      return {step_outcome::used_by_another};
    case errc::returned:
      return {step_outcome::returned};
    default:
      throw std::logic_error("a step that nobody can have refused like this: " + said.error().message());
  }
}

auditor::row row_of(const issue_record& record, const std::string& order_id) {
  const std::int32_t order = order_id.empty() ? 0 : std::stoi(order_id.substr(order_id.find('-') + 1));
  return {raw(record.user), record.sequence, state_of(record.status), order};
}

issue_step step_of(const life_call& call) {
  const std::string order = call.order == 0 ? "" : "order-" + std::to_string(call.order);
  if (call.kind == auditor::step_kind::use) return use_step{.order_amount = 1000, .order_id = order};
  if (call.kind == auditor::step_kind::undo_use) return undo_use_step{.order_id = order};
  return return_step{};
}

void client_request::on_answer() {
  end(heard_of(answer));
}

void client_request::expire(issuing::issuer& at) {
  if (!over_) end({at.withdraw(*this) ? outcome::overloaded : outcome::unknown});
}

void client_request::end(heard what) {
  if (!std::exchange(over_, true)) reply_(what);
}

}  // namespace firstcome::sim
