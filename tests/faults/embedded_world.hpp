#pragma once

// `firstcome serve` on a small disk of its own, with a door for its clients.
//
// Where nothing may be mounted the disk is an ordinary folder, which is never full: that fault is then not on the menu.

#include <memory>

#include "faults/tended_node.hpp"
#include "faults/world.hpp"
#include "support/small_disk.hpp"

namespace firstcome::faults {

class embedded_world : public world {
 public:
  embedded_world();

  const std::vector<fault_choice>& menu() const override { return menu_; }
  bool can_begin(const fault& what) override { return what.target != node_->name() || node_->can_begin(what); }
  void begin(const fault& what) override;
  void end(const fault& what) override;
  void tend() override { node_->tend(); }
  bool up_within(std::chrono::milliseconds time) override;

  std::vector<std::uint16_t> doors() const override { return {node_->door().port()}; }
  std::string admin_token() const override { return server_->admin_token(); }
  std::vector<std::size_t> doors_behind(const std::string&) const override { return {0}; }

  int ends_for_want() const override { return node_->ends_for_want(); }
  bool drained(std::int64_t, std::chrono::milliseconds) override { return true; }  // a yes is in the ledger
  testing::ledger_rows rows() override { return testing::read_ledger(server_->data_dir()); }
  std::vector<std::string> wrong_in_the_end() override;
  std::string logs() override { return node_->end_of_log(); }

 private:
  testing::small_disk disk_;
  std::unique_ptr<testing::server_under_test> server_;
  std::unique_ptr<tended_node> node_;
  std::vector<fault_choice> menu_;
};

}  // namespace firstcome::faults
