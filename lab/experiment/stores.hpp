#pragma once

// The Redis and the MariaDB (or MySQL) that the strategies are run on: those that were given, or private ones on free
// ports with their data in a folder of the lab's. Durable as in production: Redis syncs before it answers, MariaDB at
// each commit.
//
// In either case the lab works in two databases of its own, which are dropped at the end: one with the original
// service's tables for the strategies, one with firstcome's for async-batch. Ids of coupons begin at the present time
// in milliseconds in both, so that no key in a Redis that is shared with others is theirs.

#include <memory>
#include <optional>
#include <string>

#include "domain/error.hpp"
#include "lab/process/programs.hpp"
#include "redis/session.hpp"
#include "sql/mysql.hpp"

namespace firstcome::lab {

struct store_urls {
  std::string redis;     // empty: a private one
  std::string database;  // empty: a private one
};

class stores {
 public:
  /// Throws std::runtime_error: a sentence that says what to install when a server is missing, or the end of its log.
  stores(const store_urls& given, const std::filesystem::path& folder, const std::filesystem::path& firstcome);
  ~stores();

  const std::string& redis_url() const { return redis_url_; }
  /// Of the gates of this run, in a Redis that may be somebody else's.
  std::string redis_prefix() const { return "fc-lab-" + std::to_string(first_coupon_) + ":"; }
  const std::string& original_url() const { return original_url_; }
  const std::string& ledger_url() const { return ledger_url_; }

  /// Makes firstcome's own tables, when they are first needed.
  void prepare_ledger();

  /// 0: not ours, so its CPU is not known.
  pid_t redis_pid() const { return redis_ ? redis_->pid() : 0; }
  pid_t database_pid() const { return mariadb_ ? mariadb_->pid() : 0; }
  std::string redis_version() { return redis_version_; }
  std::string database_version() { return admin_->server_version(); }

  sql::mysql_connection connect_to(const std::string& url) const;
  redis::session connect_to_redis() const;

 private:
  void start_redis();
  void make_mariadb_data(const start_command& like);
  void start_mariadb();
  void make_databases();
  void remove_keys();

  const std::filesystem::path folder_;
  const std::filesystem::path firstcome_;
  std::string redis_url_, server_url_, original_url_, ledger_url_, redis_version_;
  std::string original_name_, ledger_name_;
  std::int64_t first_coupon_ = 0;
  bool ledger_prepared_ = false;
  std::unique_ptr<child_process> redis_, mariadb_;
  std::optional<sql::mysql_connection> admin_;
};

}  // namespace firstcome::lab
