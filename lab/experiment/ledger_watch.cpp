#include "lab/experiment/ledger_watch.hpp"

#include <stdexcept>

#include "lab/experiment/interruption.hpp"

namespace firstcome::lab {
namespace {

using namespace std::chrono_literals;
constexpr auto look_every = 20ms;

}  // namespace

ledger_watch::ledger_watch(sql::mysql_connection over, std::int64_t coupon)
    : db_(std::move(over)), coupon_(std::to_string(coupon)), last_row_at_(load::now_ns()) {
  thread_ = std::thread([this] { run(); });
}

ledger_watch::~ledger_watch() {
  stop();
}

void ledger_watch::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

std::int64_t ledger_watch::count() {
  return std::stoll(db_.value("SELECT COUNT(*) FROM coupon_issues WHERE coupon_id = " + coupon_).value());
}

void ledger_watch::run() {
  try {
    while (!stopping_) {
      if (const std::int64_t now = count(); now != rows_) {
        last_row_at_ = load::now_ns();
        rows_ = now;
      }
      std::this_thread::sleep_for(look_every);
    }
  } catch (const sql::mysql_error&) {
    failed_ = true;
  }
}

void ledger_watch::wait_for(std::int64_t rows, std::chrono::milliseconds patience) {
  const load::instant_ns patience_ns = std::chrono::nanoseconds(patience).count();
  const load::instant_ns began_at = load::now_ns();
  while (rows_ < rows && load::now_ns() - std::max(began_at, last_row_at_.load()) < patience_ns) {
    throw_if_interrupted();
    if (failed_) throw std::runtime_error("the database failed while the lab looked at it");
    std::this_thread::sleep_for(look_every / 2);
  }
}

books ledger_watch::read() {
  std::this_thread::sleep_for(2 * look_every);  // one more look
  stop();
  books found;
  found.issued_quantity =
      std::stoll(db_.value("SELECT issued_quantity FROM coupons WHERE id = " + coupon_).value_or("0"));
  sql::mysql_rows rows = db_.query("SELECT user_id FROM coupon_issues WHERE coupon_id = " + coupon_);
  while (rows.next()) found.users.push_back(rows.integer(0));
  return found;
}

}  // namespace firstcome::lab
