#include "ledger/mysql/migration_lock.hpp"

#include <mysqld_error.h>
#include <openssl/evp.h>

#include <array>
#include <stdexcept>
#include <thread>

namespace firstcome::ledger {
namespace {

using namespace std::chrono_literals;
using say_function = std::function<void(const std::string&)>;

constexpr int patience_s = 600;

[[noreturn]] void give_up(const std::string& what_to_do) {
  throw std::runtime_error("another migration of this database has been running for " + std::to_string(patience_s) +
                           " s; try again when it has ended" + what_to_do);
}

/// Locks have no database; their names are at most 64 characters long. The name is the one that older releases had the
/// server make with MD5(), so that an old and a new migration exclude each other; MySQL 9.7 has no MD5() any more.
std::string lock_name_of(const std::string& database) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(database.data(), database.size(), digest.data(), &size, EVP_md5(), nullptr) != 1)
    throw std::runtime_error(
        "this system's OpenSSL refuses MD5, which names the migration's lock; run migrate elsewhere");
  std::string name = "firstcome.migrate.";
  for (unsigned i = 0; i < size; ++i) {
    name += "0123456789abcdef"[digest[i] >> 4];
    name += "0123456789abcdef"[digest[i] & 15];
  }
  return name;
}

/// The server takes it back too when the connection ends.
class named_lock final : public migration_lock {
 public:
  named_lock(sql::mysql_connection& db, const say_function& say)
      : name_("'" + lock_name_of(db.value("SELECT DATABASE()").value_or("")) + "'"), db_(db) {
    for (int waited_s = 0; db_.value("SELECT GET_LOCK(" + name_ + ", 1)") != "1"; ++waited_s) {
      if (waited_s == 0) say("another migration of this database is running; waiting for it");
      if (waited_s == patience_s) give_up("");
    }
  }
  ~named_lock() override {
    try {
      db_.execute("DO RELEASE_LOCK(" + name_ + ")");
    } catch (const sql::mysql_error&) {
      // The connection is gone, and the lock with it.
    }
  }

 private:
  std::string name_;  // as SQL
  sql::mysql_connection& db_;
};

class table_lock final : public migration_lock {
 public:
  table_lock(sql::mysql_connection& db, const say_function& say) : db_(db) {
    constexpr const char* unless_it_was_killed =
        ". If it does not run any more (it was killed), DROP TABLE firstcome_migration_lock, and start again";
    for (int waited_s = 0; !made(); ++waited_s) {
      if (waited_s == 0)
        say(std::string("another migration of this database is running: the table firstcome_migration_lock is there;"
                        " waiting for it") +
            unless_it_was_killed);
      if (waited_s == patience_s) give_up(unless_it_was_killed);
      std::this_thread::sleep_for(1s);
    }
  }
  ~table_lock() override {
    try {
      db_.execute("DROP TABLE IF EXISTS firstcome_migration_lock");
    } catch (const sql::mysql_error&) {
      // An operator drops it: whoever comes next is told so.
    }
  }

 private:
  bool made() {
    try {
      db_.execute("CREATE TABLE firstcome_migration_lock (id INT PRIMARY KEY) ENGINE=InnoDB");
      return true;
    } catch (const sql::mysql_error& e) {
      if (e.code() != ER_TABLE_EXISTS_ERROR) throw;
      return false;
    }
  }

  sql::mysql_connection& db_;
};

}  // namespace

std::unique_ptr<migration_lock> lock_migration(sql::mysql_connection& db, const say_function& say) {
  if (db.is_galera()) return std::make_unique<table_lock>(db, say);
  return std::make_unique<named_lock>(db, say);
}

}  // namespace firstcome::ledger
