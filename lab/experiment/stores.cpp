#include "lab/experiment/stores.hpp"

#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <thread>

#include "lab/experiment/interruption.hpp"
#include "lab/process/free_port.hpp"
#include "lab/strategies/original_tables.hpp"

namespace firstcome::lab {
namespace {

using namespace std::chrono_literals;

constexpr auto store_start_within = 90s;
constexpr const char* install =
    " is not installed. On Debian: apt-get install redis-server mariadb-server (the lab "
    "starts its own, or takes running ones by --redis and --database)";

std::string program(const std::string& name) {
  const auto found = find_program(name);
  if (!found) throw std::runtime_error(name + install);
  return found->string();
}

void wait_until(const std::function<bool()>& there, child_process& started, const std::filesystem::path& log) {
  const auto deadline = std::chrono::steady_clock::now() + store_start_within;
  while (!there()) {
    throw_if_interrupted();
    if (!started.running() || std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("a store did not start:\n" + end_of(log));
    std::this_thread::sleep_for(20ms);
  }
}

/// The URL with another database; options after a `?` stay.
std::string with_database(const std::string& url, const std::string& name) {
  const auto host = url.find("://") + 3;
  const auto options = url.find('?');
  const auto slash = url.find('/', host);
  const std::string rest = options == url.npos ? "" : url.substr(options);
  return url.substr(0, std::min(slash, options)) + "/" + name + rest;
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

stores::stores(const store_urls& given, const std::filesystem::path& folder, const std::filesystem::path& firstcome)
    : folder_(folder), firstcome_(firstcome), redis_url_(given.redis), server_url_(given.database) {
  first_coupon_ = now_ms();
  if (redis_url_.empty()) start_redis();
  if (server_url_.empty()) start_mariadb();
  make_databases();
}

stores::~stores() {
  try {
    if (!redis_) remove_keys();
    if (!mariadb_ && admin_) {
      admin_->execute("DROP DATABASE IF EXISTS " + original_name_);
      admin_->execute("DROP DATABASE IF EXISTS " + ledger_name_);
    }
  } catch (const std::exception&) {  // somebody else's servers: what they do not let us tidy up stays
  }
}

void stores::start_redis() {
  const std::string port = std::to_string(free_port());
  const std::filesystem::path data = folder_ / "redis", log = folder_ / "redis.log";
  std::filesystem::create_directories(data);
  redis_ =
      start_program(with_log({program("redis-server"), "--bind", "127.0.0.1", "--port", port, "--dir", data.string(),
                              "--appendonly", "yes", "--appendfsync", "always", "--no-appendfsync-on-rewrite", "no",
                              "--maxmemory-policy", "noeviction", "--save", ""},
                             {}, log));
  redis_url_ = "redis://127.0.0.1:" + port;
  const auto answers = [this] {
    try {
      return !connect_to_redis().call("", {"PING"}).is_error();
    } catch (const store_unavailable&) {
      return false;
    }
  };
  wait_until(answers, *redis_, log);
}

void stores::make_mariadb_data(const start_command& like) {
  start_command make = like;
  make.arguments = {program("mariadb-install-db"), "--no-defaults", "--auth-root-authentication-method=normal",
                    "--skip-test-db", "--skip-name-resolve"};
  make.arguments.insert(make.arguments.end(), like.arguments.begin(), like.arguments.end());
  const auto maker = start_program(make);
  while (maker->running()) {
    throw_if_interrupted();
    std::this_thread::sleep_for(20ms);
  }
  if (maker->wait(0ms) != exited_with(0))
    throw std::runtime_error("mariadb-install-db failed:\n" + end_of(make.stderr_file));
}

void stores::start_mariadb() {
  const std::string port = std::to_string(free_port());
  const std::filesystem::path temporary = folder_ / "mariadb-tmp", log = folder_ / "mariadb.log";
  std::filesystem::create_directories(temporary);
  // Two servers that start at the same time may choose the same names for their temporary tables: each has a folder.
  start_command command =
      with_log({"--datadir=" + (folder_ / "mariadb").string()}, {{"TMPDIR", temporary.string()}}, log);
  if (geteuid() == 0) command.arguments.push_back("--user=root");
  make_mariadb_data(command);
  for (const std::string& more :
       {"--socket=" + (folder_ / "mariadb.sock").string(), "--pid-file=" + (folder_ / "mariadb.pid").string(),
        "--port=" + port, std::string("--bind-address=127.0.0.1"), std::string("--skip-name-resolve"),
        std::string("--max-connections=1000"), std::string("--character-set-server=utf8mb4")})
    command.arguments.push_back(more);
  command.arguments.insert(command.arguments.begin(), {program("mariadbd"), "--no-defaults"});
  mariadb_ = start_program(command);
  server_url_ = "mysql://root@127.0.0.1:" + port + "/mysql";
  const auto answers = [this] {
    try {
      connect_to(server_url_);
      return true;
    } catch (const sql::mysql_connect_error& e) {
      if (e.may_pass()) return false;
      throw;
    }
  };
  wait_until(answers, *mariadb_, log);
}

void stores::make_databases() {
  const std::string run = std::to_string(first_coupon_);
  original_name_ = "firstcome_lab_" + run;
  ledger_name_ = original_name_ + "_ledger";
  original_url_ = with_database(server_url_, original_name_);
  ledger_url_ = with_database(server_url_, ledger_name_);
  admin_.emplace(connect_to(server_url_));
  for (const std::string& name : {original_name_, ledger_name_})
    admin_->execute("CREATE DATABASE " + name + " CHARACTER SET utf8mb4");
  issuing::original_tables(sql::parse_mysql_address(original_url_)).create();
  admin_->execute("ALTER TABLE " + original_name_ + ".coupons AUTO_INCREMENT = " + run);
  redis::session redis = connect_to_redis();
  const redis::reply info = redis.call("", {"INFO", "server"});
  const std::string_view text = info.text();
  const auto at = text.find("redis_version:");
  if (at != text.npos) redis_version_ = text.substr(at + 14, text.find('\r', at) - at - 14);
}

void stores::prepare_ledger() {
  if (ledger_prepared_) return;
  const std::filesystem::path log = folder_ / "migrate.log";
  const auto migrate =
      start_program(with_log({firstcome_.string(), "migrate"}, {{"FIRSTCOME_DATABASE", ledger_url_}}, log));
  if (migrate->wait(60s) != exited_with(0)) throw std::runtime_error("firstcome migrate failed:\n" + end_of(log));
  admin_->execute("ALTER TABLE " + ledger_name_ + ".coupons AUTO_INCREMENT = " + std::to_string(first_coupon_));
  ledger_prepared_ = true;
}

sql::mysql_connection stores::connect_to(const std::string& url) const {
  return sql::mysql_connection(sql::parse_mysql_address(url), {.idle = 600s});
}

redis::session stores::connect_to_redis() const {
  return redis::session({.at = redis::parse_address(redis_url_), .wanted = redis::durability::assumed});
}

/// From a Redis that is not ours: the keys of the coupons that the lab has made, the last hour's at most.
void stores::remove_keys() {
  redis::session redis = connect_to_redis();
  std::string cursor = "0";
  do {
    const redis::reply found = redis.call("", {"SCAN", cursor, "MATCH", "*fc*", "COUNT", "1000"});
    if (found.size() != 2) return;
    cursor = found[0].text();
    for (std::size_t n = 0; n < found[1].size(); ++n) {
      const std::string key(found[1][n].text());
      const auto digits = key.find_first_of("0123456789");
      if (key.starts_with(redis_prefix())) redis.call(key, {"UNLINK", key});
      if (!key.starts_with("{fc-lab}:") || digits == key.npos) continue;
      const std::int64_t id = std::strtoll(key.c_str() + digits, nullptr, 10);
      if (id >= first_coupon_ && id <= now_ms()) redis.call(key, {"UNLINK", key});
    }
  } while (cursor != "0");
}

}  // namespace firstcome::lab
