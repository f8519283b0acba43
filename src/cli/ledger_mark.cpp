#include "cli/ledger_mark.hpp"

#include <cstdlib>
#include <stdexcept>

#include "cli/database_option.hpp"
#include "runtime/log.hpp"
#include "runtime/machine.hpp"
#include "sql/mysql.hpp"

namespace firstcome::cli {
namespace {

namespace log = runtime::log;

constexpr std::chrono::seconds until_seen{1};
constexpr std::chrono::seconds afterwards{10};

std::string identity_of(const store_options& stores) {
  sql::mysql_connection db(database_of(stores.database), ledger_options_of(stores).timeouts);
  const auto made = db.value(
      "SELECT DATE_FORMAT(date_migrated, '%Y-%m-%dT%H:%i:%s.%f') FROM firstcome_schema ORDER BY version LIMIT 1");
  if (!made) throw store_unavailable("the ledger has no schema");
  return *made;
}

}  // namespace

ledger_mark::finding ledger_mark::look() try {
  return read(where_none_is::leave_ours);
} catch (const std::exception&) {  // who is to know why has asked the stores before
  return finding::unknown;
}

ledger_mark::finding ledger_mark::look_only() {
  return read(where_none_is::leave_none);
}

ledger_mark::finding ledger_mark::read(where_none_is what) {
  if (!ledger_) ledger_ = identity_of(stores_);
  redis::session session(redis_session_of(stores_));
  const std::string key = gate::ledger_key(stores_.redis_prefix);
  if (what == where_none_is::leave_ours) session.call(key, {"SET", key, *ledger_, "NX"});
  const redis::reply found = session.call(key, {"GET", key});
  if (found.is_error())
    throw store_unavailable("Redis does not say whose it is (GET " + key + "): " + std::string(found.text()));
  if (found.is_nil()) return what == where_none_is::leave_none ? finding::ours : finding::unknown;
  found_ = found.text();
  return found_ == *ledger_ ? finding::ours : finding::another_s;
}

std::string ledger_mark::refusal() const {
  return "Redis holds the gates of another ledger: under the prefix " + stores_.redis_prefix +
         " it belongs to the one of " + found_ + ", and the ledger of --database is of " + ledger_.value_or("?") +
         " (UTC, when its schema was made). Give this installation a --redis-prefix or a Redis of its own, or the "
         "database that belongs to this one. If the other ledger is gone for good, empty Redis first";
}

bool check_ledger_mark(const store_options& stores) {
  ledger_mark mark(stores);
  const ledger_mark::finding found = mark.look();
  if (found == ledger_mark::finding::another_s) throw std::runtime_error(mark.refusal());
  return found == ledger_mark::finding::ours;
}

void refuse_a_strangers_redis(const store_options& stores) {
  ledger_mark mark(stores);
  if (mark.look_only() == ledger_mark::finding::another_s) throw std::runtime_error(mark.refusal());
}

ledger_mark_watch::ledger_mark_watch(const store_options& stores, bool seen,
                                     std::function<void(const std::string&)> on_another_s)
    : mark_(stores), seen_(seen), on_another_s_(std::move(on_another_s)), thread_([this] { work(); }) {}

ledger_mark_watch::~ledger_mark_watch() {
  {
    const std::lock_guard locked(lock_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ledger_mark_watch::work() {
  runtime::name_this_thread("ledger-mark");
  std::unique_lock locked(lock_);
  for (;;) {
    if (changed_.wait_for(locked, seen_ ? afterwards : until_seen, [this] { return stopping_; })) return;
    locked.unlock();
    const ledger_mark::finding found = mark_.look();
    if (found == ledger_mark::finding::another_s) {
      if (!seen_) on_another_s_(mark_.refusal());
      log::write(spdlog::level::critical, mark_.refusal(), {});
    }
    seen_ = seen_ || found != ledger_mark::finding::unknown;
    locked.lock();
  }
}

void leave_a_strangers_redis(const std::string& why) {
  log::error(why);
  std::_Exit(1);
}

}  // namespace firstcome::cli
