#include "faults/tended_node.hpp"

#include <signal.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <system_error>

#include "support/process_limits.hpp"

namespace firstcome::faults {
namespace {

using namespace std::chrono_literals;

constexpr auto restart_pause = 100ms;
constexpr auto grace = 60s;  // an end that a fault has caused may show later: a machine may have no time for it
constexpr int idle_clients = 48;
constexpr std::uint64_t files_at_least = 12;
constexpr int idle_clients_for_memory = 400;  // each takes some KiB
constexpr std::uint64_t memory_left_max = 1 << 20;
constexpr std::size_t log_shown = 4'000;

/// Whether it says that it ended for want of what a fault takes away: memory, room on the disk, files.
bool says_what_it_lacked(const std::string& log) {
  constexpr const char* two_threads_at_once = "terminate called recursively";  // and neither comes to say why
  const std::array reasons = {two_threads_at_once, "bad_alloc",      "Failed to mmap",  "out-of-memory",
                              "out of memory",     "failed to allo", "Cannot allocate", "Resource temporarily",
                              "No space left",     "disk is full",   "disk I/O error",  "File too large"};
  return std::any_of(reasons.begin(), reasons.end(),
                     [&log](const char* one) { return log.find(one) != std::string::npos; });
}

/// Reports that a fault has caused in the sanitizers themselves. To look whether an address may be read, they open a
/// pipe: without files to open, every object looks as if it were of another type.
bool by_the_fault(const std::string& report, bool had_no_memory, bool had_no_files) {
  const std::string head = report.substr(0, 400);
  const auto says = [&head](const char* what) { return head.find(what) != std::string::npos; };
  return (had_no_files && says("invalid vptr")) ||
         (had_no_memory && (says("out-of-memory") || says("failed to allocate")));
}

}  // namespace

tended_node::tended_node(std::string name, testing::server_under_test& node, bool has_door)
    : name_(std::move(name)), node_(node) {
  if (has_door) door_ = std::make_unique<testing::tcp_gate>(node.port());
}

bool tended_node::can_begin(const fault& what) {
  const bool limits = what.kind != fault_kind::kill && what.kind != fault_kind::pause;
  return !limits || (listening_ && node_.running());
}

void tended_node::begin(const fault& what, std::uint64_t file_size) {
  if (!can_begin(what)) return;  // its id may be somebody else's by now
  switch (what.kind) {
    case fault_kind::kill:
      wanted_ = listening_ = false;
      node_.kill_hard();
      break;
    case fault_kind::pause:
      node_.send_signal(SIGSTOP);
      break;
    case fault_kind::fd_limit:
      had_no_files_ = true;
      take_files();
      break;
    case fault_kind::memory_limit:
      may_end_by_itself(true);
      had_no_memory_ = true;
      take_memory(what.amount % memory_left_max);
      break;
    case fault_kind::file_size_limit:
      may_end_by_itself(true);
      testing::limit_file_size(node_.pid(), file_size);
      break;
    default:
      break;
  }
}

void tended_node::end(const fault& what) {
  switch (what.kind) {
    case fault_kind::kill:
      wanted_ = true;
      break;
    case fault_kind::pause:
      node_.send_signal(SIGCONT);
      break;
    default:
      if (node_.running()) testing::lift_limits(node_.pid());
      idle_clients_.clear();
      may_end_by_itself(false);
  }
}

/// About half of the clients find their files taken; idle ones, which come first, take most of what is left.
void tended_node::take_files() {
  testing::limit_open_files(node_.pid(), std::max(files_at_least, testing::open_files_of(node_.pid()) * 2 / 3));
  door_->cut();
  let_idle_clients_come(idle_clients);
}

/// What it has freed before it may use again: more clients than it ever had use that up, and what is left.
void tended_node::take_memory(std::uint64_t bytes_left) {
  testing::limit_data(node_.pid(), testing::data_bytes_of(node_.pid()) + bytes_left);
  let_idle_clients_come(idle_clients_for_memory);
}

void tended_node::let_idle_clients_come(int count) {
  for (int n = 0; n < count; ++n) try {
      idle_clients_.emplace_back(node_.port());
      idle_clients_.back().send("POST /v1/");  // bytes to keep, too
    } catch (const std::system_error&) {
      return;  // it is gone already
    }
}

void tended_node::may_end_by_itself(bool may) {
  may_end_ = may;
  if (!may) may_end_until_ = clock::now() + grace;
}

void tended_node::tend() {
  if (!wanted_) return;
  if (!node_.running()) {
    if (!noted_) note_end();
    if (clock::now() < starts_at_) return;
    noted_ = false;
    node_.launch();
    return;
  }
  if (listening_ || !node_.listening()) return;
  listening_ = true;
  if (door_) door_->lead_to(node_.port());
}

void tended_node::note_end() {
  noted_ = true;
  listening_ = false;
  const auto status = node_.wait(0ms);
  const bool killed = status == testing::killed_by(SIGKILL);
  starts_at_ = clock::now() + (killed ? 0ms : restart_pause);
  if (killed) return;
  const std::string all = node_.err(), log = all.substr(std::min(log_seen_, all.size()));
  log_seen_ = all.size();
  const bool said = status == testing::killed_by(SIGXFSZ) || says_what_it_lacked(log);
  if ((may_end_ || clock::now() < may_end_until_) && said) {
    ++ends_for_want_;
    return;
  }
  if (!testing::sanitizer_report_in(log).empty()) return;  // judged in the end
  std::ostringstream text;
  text << name_ << " ended by itself: " << *status << "\n" << end_of_log();
  wrong_.push_back(text.str());
}

std::vector<std::string> tended_node::wrong_in_the_end() {
  const auto status = node_.terminate();
  std::ostringstream text;
  if (!status)
    text << name_ << " still runs after SIGTERM";
  else if (*status != testing::exited_with(0))
    text << name_ << " left with " << *status << "\n" << end_of_log();
  if (!text.str().empty()) wrong_.push_back(text.str());
  std::string log = node_.err();
  for (std::string report; !(report = testing::sanitizer_report_in(log)).empty();) {
    if (!by_the_fault(report, had_no_memory_, had_no_files_)) wrong_.push_back(name_ + ": " + report);
    const std::string begin = report.substr(0, report.find('\n'));
    log.erase(0, log.find(begin) + begin.size());
  }
  return wrong_;
}

std::string tended_node::end_of_log() const {
  const std::string all = node_.err();
  return "--- " + name_ + ":\n" + all.substr(all.size() - std::min(all.size(), log_shown));
}

}  // namespace firstcome::faults
