#include "cli/rebuild.hpp"

#include <chrono>

#include "gate/memory/gate_table.hpp"
#include "ledger/ledger.hpp"
#include "runtime/log.hpp"

namespace firstcome::cli {
namespace {

namespace log = runtime::log;

constexpr std::chrono::seconds progress_interval{1};
constexpr std::size_t issues_between_looks = 65536;  // at the clock

class rebuild {
 public:
  rebuild(gate::gate_table& gates, const std::filesystem::path& data_dir) : gates_(gates), data_dir_(data_dir) {}

  void run(ledger::loader& from) {
    const std::vector<coupon> coupons = from.coupons();
    for (const coupon& one : coupons) gates_.add(one);
    from.issues([this](const issue_record& record) {
      restore(record);
      log_progress();
    });
    for (const coupon& one : coupons) compare(one);
    const std::chrono::duration<double, std::milli> took_ms = std::chrono::steady_clock::now() - begun_;
    log::info("ledger read", {{"coupons", coupons.size()}, {"issues", issues_}, {"took_ms", took_ms.count()}});
  }

 private:
  void restore(const issue_record& record) {
    if (gate_ == nullptr || gate_of_ != record.coupon) {
      gate_ = gates_.find(record.coupon);
      gate_of_ = record.coupon;
      if (gate_ == nullptr) refuse(record.coupon, "has issues, and does not exist");
    }
    if (const auto before = gate_->find(record.user))
      refuse(record.coupon, "was issued twice to user " + std::to_string(raw(record.user)) + ", as number " +
                                std::to_string(before->sequence) + " and as number " + std::to_string(record.sequence));
    try {
      gate_->restore(record);
    } catch (const std::runtime_error& gap) {
      refuse_for(gap.what());
    }
    ++issues_;
  }

  void log_progress() {
    if (issues_ % issues_between_looks != 0 || std::chrono::steady_clock::now() < next_progress_) return;
    log::info("reading the ledger", {{"issues_so_far", issues_}});
    next_progress_ += progress_interval;
  }

  void compare(const coupon& stored) const {
    const std::int32_t rows = gates_.find(stored.id)->coupon().issued_quantity;
    if (stored.issued_quantity != rows)
      refuse(stored.id,
             "says that " + std::to_string(stored.issued_quantity) + " are issued, and has " + std::to_string(rows));
    if (stored.total_quantity && rows + stored.gone_quantity > *stored.total_quantity)
      refuse(stored.id, "has a total of " + std::to_string(*stored.total_quantity) + ", and " + std::to_string(rows) +
                            " are issued");
  }

  [[noreturn]] void refuse(coupon_id id, const std::string& why) const {
    refuse_for("coupon " + std::to_string(raw(id)) + ' ' + why);
  }
  [[noreturn]] void refuse_for(const std::string& why) const {
    throw std::runtime_error("the books do not agree: " + why + ". `firstcome audit --data-dir " + data_dir_.string() +
                             "` lists every difference, and its --repair mends a wrong count");
  }

  gate::gate_table& gates_;
  const std::filesystem::path& data_dir_;
  gate::gate* gate_ = nullptr;  // of the coupon whose issues are read
  coupon_id gate_of_{};
  std::size_t issues_ = 0;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point next_progress_ = begun_ + progress_interval;
};

}  // namespace

void rebuild_gates(gate::gate_table& gates, ledger::loader& from, const std::filesystem::path& data_dir) {
  rebuild(gates, data_dir).run(from);
}

}  // namespace firstcome::cli
