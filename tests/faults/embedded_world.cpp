#include "faults/embedded_world.hpp"

#include "faults/link_faults.hpp"
#include "support/eventually.hpp"
#include "support/process_limits.hpp"

namespace firstcome::faults {
namespace {

const std::string process = "node";
const std::string disk = "disk";
const std::string clients = "client>node";
constexpr std::uint32_t log_bytes = 4U << 20;  // SQLite's log takes so much in advance, and is written from its start

}  // namespace

embedded_world::embedded_world() {
  server_ = std::make_unique<testing::server_under_test>(
      testing::server_options{.flags = {"--request-timeout-ms", "2000"},
                              .environment = {{"FIRSTCOME_ADMIN_TOKEN", "the-token-of-this-test-and-no-other"},
                                              testing::like_an_allocator_without_sanitizers()},
                              .data_dir = disk_.path() / "data"});
  node_ = std::make_unique<tended_node>(process, *server_, true);
  menu_ = {{fault_kind::kill, process, 6},
           {fault_kind::pause, process, 4},
           {fault_kind::fd_limit, process, 4},
           {fault_kind::memory_limit, process, 2},
           {fault_kind::file_size_limit, process, 3}};
  if (disk_.mounted()) menu_.push_back({fault_kind::disk_full, disk, 4});
  add_link_faults(menu_, clients, 1);
}

void embedded_world::begin(const fault& what) {
  if (at_link(what.kind)) return faults::begin(node_->door(), what);
  if (what.kind != fault_kind::disk_full) return node_->begin(what, what.amount % log_bytes);
  node_->may_end_by_itself(true);
  disk_.fill_up_to(what.amount % (64 << 10));
}

void embedded_world::end(const fault& what) {
  if (at_link(what.kind)) return faults::end(node_->door(), what);
  if (what.kind != fault_kind::disk_full) return node_->end(what);
  disk_.make_room();
  node_->may_end_by_itself(false);
}

bool embedded_world::up_within(std::chrono::milliseconds time) {
  return testing::eventually(time, [this] {
    tend();
    return node_->up() && server_->ready();
  });
}

std::vector<std::string> embedded_world::wrong_in_the_end() {
  std::vector<std::string> wrong = node_->wrong_in_the_end();
  const testing::finished_child audit = testing::run_to_end(
      {.arguments = {testing::firstcome_program(), "audit", "--data-dir", server_->data_dir().string()}});
  if (audit.status != testing::exited_with(0)) wrong.push_back("firstcome audit: " + audit.out + audit.err);
  return wrong;
}

}  // namespace firstcome::faults
