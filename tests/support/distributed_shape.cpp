#include "support/distributed_shape.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <thread>

#include "support/eventually.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;

void migrate(const std::string& url) {
  const finished_child done =
      run_to_end({.arguments = {firstcome_program(), "migrate"}, .environment = {{"FIRSTCOME_DATABASE", url}}}, 60s);
  if (done.status != exited_with(0)) throw std::runtime_error("migrate failed: " + done.out + done.err);
}

std::optional<std::int64_t> number_or_null(const std::string& text) {
  return text == "NULL" ? std::nullopt : std::optional(std::stoll(text));
}

/// A yes or a no that no second asking changes.
bool settled(const issue_answer& answer) {
  return answer.yes() || answer.status == 409;
}

}  // namespace

distributed_shape::distributed_shape(distributed_options options) : options_(std::move(options)) {
  if (options_.cluster == nullptr) redis_ = std::make_unique<redis_server>();
  if (options_.databases == nullptr) mariadb_ = std::make_unique<mariadb_server>(options_.mariadb_arguments);
  database_ = mariadb().make_database();
  migrate(mariadb().url(database_));
  if (options_.cluster != nullptr) ask_redis({"DEL", "fc:ledger"});  // of the shape that used it before
  for (int n = 0; n < options_.apis; ++n) add_api();
  for (int n = 0; n < options_.workers; ++n) add_worker();
}

mariadb_server& distributed_shape::database_node(std::size_t n) const {
  return options_.databases == nullptr ? *mariadb_ : options_.databases->node(n % galera_cluster::size);
}

std::map<std::string, std::string> distributed_shape::environment(std::size_t n) const {
  return {{"FIRSTCOME_REDIS", options_.cluster != nullptr ? options_.cluster->url() : redis_->url()},
          {"FIRSTCOME_DATABASE", database_node(n).url(database_)},
          {"FIRSTCOME_ADMIN_TOKEN", "the-token-of-this-test-and-no-other"}};
}

std::unique_ptr<server_under_test> distributed_shape::make_node(const std::string& node,
                                                                const std::vector<std::string>& flags,
                                                                std::map<std::string, std::string> more, std::size_t n,
                                                                bool await_ready) const {
  more.merge(environment(n));  // what a test gives wins
  return std::make_unique<server_under_test>(
      server_options{.node = node, .flags = flags, .environment = std::move(more), .await_ready = await_ready});
}

server_under_test& distributed_shape::add_api(std::map<std::string, std::string> more, bool await_ready) {
  more.emplace("FIRSTCOME_THREADS", "2");  // wherever it runs: so that one coupon's requests meet on several loops
  apis_.push_back(make_node("api", options_.api_flags, std::move(more), apis_.size(), await_ready));
  return *apis_.back();
}

server_under_test& distributed_shape::add_worker(std::map<std::string, std::string> more, bool await_ready) {
  more.erase("FIRSTCOME_ADMIN_TOKEN");
  workers_.push_back(make_node("worker", options_.worker_flags, std::move(more), workers_.size(), await_ready));
  return *workers_.back();
}

std::vector<std::uint16_t> distributed_shape::api_ports() {
  std::vector<std::uint16_t> ports;
  for (const auto& one : apis_)
    if (one->running()) ports.push_back(one->port());
  return ports;
}

std::vector<issue_answer> distributed_shape::burst(const std::vector<issue_ask>& asks, const burst_options& options) {
  return run_burst(api_ports(), asks, options);
}

std::vector<issue_answer> distributed_shape::burst_until_answered(std::vector<issue_ask> asks,
                                                                  const burst_options& options,
                                                                  std::chrono::milliseconds within) {
  const auto end = std::chrono::steady_clock::now() + within;
  std::vector<issue_answer> all;
  burst_options with = options;
  for (;;) {
    const std::vector<issue_answer> heard = burst(asks, with);
    append(all, heard);
    std::map<std::pair<std::int64_t, std::int64_t>, bool> answered;
    for (const issue_answer& answer : heard) answered[{answer.ask.coupon, answer.ask.user}] |= settled(answer);
    std::erase_if(asks, [&](const issue_ask& ask) { return answered[{ask.coupon, ask.user}]; });
    if (asks.empty() || std::chrono::steady_clock::now() >= end) return all;
    with.disturbances.clear();  // they have happened
    std::this_thread::sleep_for(20ms);
  }
}

redis::reply distributed_shape::ask_redis(const std::vector<std::string>& words) {
  if (options_.cluster == nullptr) return redis_->command(words);
  for (int n = 0; n < options_.cluster->size(); ++n) {
    if (!options_.cluster->node(n).running()) continue;
    redis::reply answer = options_.cluster->node(n).command(words);
    const std::string_view text = answer.is_error() ? answer.text() : std::string_view();
    if (!text.starts_with("MOVED") && !text.starts_with("ASK")) return answer;
  }
  throw std::runtime_error("no node of the cluster serves " + words.at(1));
}

std::string distributed_shape::meta(std::int64_t coupon, const std::string& field) {
  const redis::reply found = ask_redis({"HGET", "fc:{" + std::to_string(coupon) + "}:meta", field});
  return found.is_nil() ? "" : std::string(found.text());
}

std::string distributed_shape::key(std::int64_t coupon, const std::string& what) {
  return "fc:{" + std::to_string(coupon) + "}:" + what + ":" + meta(coupon, "epoch");
}

std::int64_t distributed_shape::gate_size(std::int64_t coupon) {
  return ask_redis({"HLEN", key(coupon, "users")}).integer();
}

ledger_rows distributed_shape::ledger() {
  ledger_rows all;
  for (const auto& row :
       mariadb().rows("SELECT id, total_quantity, issued_quantity FROM coupons ORDER BY id", database_))
    all.coupons.push_back({std::stoll(row[0]), number_or_null(row[1]), std::stoll(row[2])});
  for (const auto& row :
       mariadb().rows("SELECT coupon_id, user_id, sequence, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', date_issued),"
                      " TIMESTAMPDIFF(MICROSECOND, '1970-01-01', date_used), date_returned IS NOT NULL"
                      " FROM coupon_issues"
                      " ORDER BY coupon_id, sequence",
                      database_))
    all.issues.push_back({std::stoll(row[0]), std::stoll(row[1]), std::stoll(row[2]), std::stoll(row[3]),
                          number_or_null(row[4]), row[5] == "1"});
  return all;
}

std::int64_t distributed_shape::rows(std::int64_t coupon) {
  return std::stoll(
      mariadb().value("SELECT COUNT(*) FROM coupon_issues WHERE coupon_id = " + std::to_string(coupon), database_));
}

std::int64_t distributed_shape::dead_letters(std::int64_t coupon) {
  return std::stoll(
      mariadb().value("SELECT COUNT(*) FROM issue_dead_letters WHERE date_replayed IS NULL AND coupon_id"
                      " = " +
                          std::to_string(coupon),
                      database_));
}

std::vector<std::string> distributed_shape::wrong_books() {
  std::vector<std::string> wrong;
  for (const auto& row : mariadb().rows(
           "SELECT id, issued_quantity, total_quantity, n FROM (SELECT c.*, (SELECT COUNT(*) FROM coupon_issues i"
           " WHERE i.coupon_id = c.id AND i.date_returned IS NULL) AS n FROM coupons c) AS t WHERE n <> "
           "issued_quantity OR n > total_quantity",
           database_))
    wrong.push_back("coupon " + row[0] + " says " + row[1] + " of " + row[2] + " and has " + row[3]);
  return wrong;
}

bool distributed_shape::drained(std::int64_t coupon, std::chrono::milliseconds within) {
  return eventually(within, [&] {
    try {
      return rows(coupon) + dead_letters(coupon) == gate_size(coupon) && meta(coupon, "state") == "open";
    } catch (const std::runtime_error&) {
      return false;  // a store is on its way up
    }
  });
}

std::string distributed_shape::state_of(std::int64_t coupon) {
  std::string text = "rows " + std::to_string(rows(coupon)) + ", dead letters " + std::to_string(dead_letters(coupon)) +
                     ", gate size " + std::to_string(gate_size(coupon));
  for (const char* field : {"epoch", "state", "run_id", "config_version", "total", "issued", "source", "lowering"})
    text += std::string(", ") + field + " " + meta(coupon, field);
  for (const auto& row : mariadb().rows("SELECT epoch, run_id, last_id, last_sequence FROM issue_cursors WHERE"
                                        " coupon_id = " +
                                            std::to_string(coupon),
                                        database_))
    text += "; cursor epoch " + row[0] + ", run_id " + row[1] + ", last_id " + row[2] + ", last_sequence " + row[3];
  for (const auto& one : workers_) text += "\n--- a worker:\n" + one->err();
  return text;
}

void distributed_shape::expect_clean_stops() {
  for (auto* nodes : {&apis_, &workers_})
    for (const auto& one : *nodes)
      if (one->running())
        expect_clean_stop(*one);
      else
        EXPECT_EQ(one->sanitizer_report(), "");
}

}  // namespace firstcome::testing
