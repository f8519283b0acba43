#include "ledger/sqlite/ledger.hpp"

#include "ledger/sqlite/loader.hpp"
#include "ledger/sqlite/reader.hpp"
#include "ledger/sqlite/rows.hpp"
#include "ledger/sqlite/schema.hpp"
#include "ledger/sqlite/wal_room.hpp"
#include "ledger/sqlite/writer.hpp"

namespace firstcome::ledger {
namespace {

std::string file_of(const sqlite_ledger_options& options) {
  return (options.folder / sqlite_schema::file_name).string();
}

sql::connection open_to_read(const sqlite_ledger_options& options) {
  sql::connection db(file_of(options), sql::open_mode::read_only, options.vfs);
  sqlite_schema::check(db, file_of(options));
  return db;
}

}  // namespace

sqlite_ledger::sqlite_ledger(sqlite_ledger_options options)
    : options_(std::move(options)),
      writers_vfs_(options_.vfs),
      checkpoint_barrier_(std::make_shared<checkpoint_barrier>()) {
  sql::connection db(file_of(options_), sql::open_mode::read_write_create, writers_vfs_.name());
  sqlite_schema::create_or_check(db, file_of(options_));
  make_index_room(db.handle(), options_.wal_bytes_max);
  writer_ = std::make_unique<sqlite_writer>(std::move(db), options_, checkpoint_barrier_);
  if (options_.vfs.empty()) make_wal_room(file_of(options_) + "-wal", options_.wal_bytes_ahead);
}

sqlite_ledger::~sqlite_ledger() = default;

void sqlite_ledger::close_whole() {
  writer_.reset();
  try {
    sql::connection db(file_of(options_), sql::open_mode::read_write_create, options_.vfs);
    db.integer("SELECT count(*) FROM sqlite_schema");  // a connection that has read nothing has no log to take over
    sqlite3_wal_checkpoint_v2(db.handle(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  } catch (const sql::sqlite_error&) {
    // It stays in the log.
  }
}

std::unique_ptr<reader> sqlite_ledger::open_reader() const try {
  const checkpoint_barrier::reading inside = checkpoint_barrier_->enter();  // the schema is read too
  return std::make_unique<sqlite_reader>(open_to_read(options_), checkpoint_barrier_);
} catch (const sql::sqlite_error& e) {
  if (is_broken(e)) throw ledger_broken(e.what());
  throw;
}

std::unique_ptr<loader> sqlite_ledger::open_loader() const {
  return std::make_unique<sqlite_loader>(open_to_read(options_));
}

}  // namespace firstcome::ledger
