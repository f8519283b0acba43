#include "faults/link_faults.hpp"

namespace firstcome::faults {

using direction = testing::tcp_gate::direction;

bool at_link(fault_kind kind) {
  return kind >= fault_kind::delay;
}

void begin(testing::tcp_gate& link, const fault& what) {
  switch (what.kind) {
    case fault_kind::delay:
      link.delay(direction::to_server, std::chrono::milliseconds(what.amount));
      link.delay(direction::to_client, std::chrono::milliseconds(what.amount));
      break;
    case fault_kind::stall:
    case fault_kind::drop:
      link.stall();
      break;
    case fault_kind::cut:
      link.cut();
      break;
    case fault_kind::cut_mid_request:
      link.cut_after(direction::to_server, what.amount);
      break;
    case fault_kind::cut_mid_reply:
      link.cut_after(direction::to_client, what.amount);
      break;
    case fault_kind::refuse:
      link.refuse();
      link.cut();
      break;
    default:
      break;
  }
}

void end(testing::tcp_gate& link, const fault& what) {
  if (what.kind == fault_kind::drop) link.cut();  // what is held back goes with its connection
  if (what.kind == fault_kind::refuse) link.accept_again();
  link.release();
}

void add_link_faults(std::vector<fault_choice>& menu, const std::string& link, int weight) {
  for (const fault_kind kind : {fault_kind::delay, fault_kind::stall, fault_kind::drop, fault_kind::cut,
                                fault_kind::cut_mid_request, fault_kind::refuse})
    menu.push_back({kind, link, weight});
  menu.push_back({fault_kind::cut_mid_reply, link, 2 * weight});
}

}  // namespace firstcome::faults
