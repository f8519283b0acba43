#include "sim/history/node_front.hpp"

#include <stdexcept>
#include <utility>

namespace firstcome::sim {

using auditor::outcome;

void home_queue::deliver(runtime::completion_list&& answered) {
  arrived_.splice(arrived_.end(), answered);
  of_.after(one_turn, [this] { runtime::complete_all(arrived_); });
}

namespace {

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
    case verdict::coupon_not_found:
      break;
  }
  throw std::logic_error("a coupon that is there was not found");
}

}  // namespace

void client_request::on_answer() {
  end(heard_of(answer));
}

void client_request::expire(issuing::issuer& at) {
  if (!over_) end({at.withdraw(*this) ? outcome::overloaded : outcome::unknown});
}

void client_request::end(heard what) {
  if (!std::exchange(over_, true)) tell_(what);
}

}  // namespace firstcome::sim
