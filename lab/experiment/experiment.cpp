#include "lab/experiment/experiment.hpp"

#include <boost/json.hpp>

#include <memory>
#include <stdexcept>

#include "api/node_client.hpp"
#include "domain/time.hpp"
#include "lab/experiment/crowd.hpp"
#include "lab/experiment/interruption.hpp"
#include "lab/experiment/ledger_watch.hpp"

namespace firstcome::lab {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto patience_for_a_row = 5s;
constexpr int page_size = 1000;

/// An id as a number or as text.
std::int64_t number_in(const json::value& v) {
  return v.is_string() ? std::stoll(std::string(v.as_string())) : v.to_number<std::int64_t>();
}

api::node_client client_of(const nodes& servers) {
  api::node_client client(api::node_url::parse("http://127.0.0.1:" + std::to_string(servers.addresses().front().port)),
                          30s);
  client.use_token(runtime::secret(servers.admin_token()), "this experiment");
  return client;
}

std::int64_t create_coupon(const api::node_client& by, std::int64_t quantity) {
  const timestamp now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  return number_in(by.post("/v1/coupons", json::object{{"title", "lab"},
                                                       {"totalQuantity", quantity},
                                                       {"discountAmount", 0},
                                                       {"minAvailableAmount", 0},
                                                       {"dateIssueStart", to_rfc3339(now - std::chrono::hours(1))},
                                                       {"dateIssueEnd", to_rfc3339(now + std::chrono::hours(24))}})
                       .at("id"));
}

/// Over the API: of `serve`, whose ledger is its own.
books books_of(const api::node_client& by, std::int64_t coupon) {
  const std::string path = "/v1/coupons/" + std::to_string(coupon);
  books found;
  found.issued_quantity = number_in(by.get(path).at("issuedQuantity"));
  std::string cursor;
  do {
    const json::value page = by.get(path + "/issues?limit=" + std::to_string(page_size) + cursor);
    for (const json::value& item : page.at("items").as_array()) found.users.push_back(number_in(item.at("userId")));
    const json::value& next = page.at("nextCursor");
    cursor = next.is_null() ? "" : "&cursor=" + std::string(next.as_string());
  } while (!cursor.empty());
  return found;
}

struct cpu_times {
  std::chrono::milliseconds api, redis, database;
};

cpu_times cpu_times_of(const nodes& servers, const stores& on) {
  return {servers.cpu_time(), cpu_time_of(on.redis_pid()), cpu_time_of(on.database_pid())};
}

std::optional<double> per_request_us(std::chrono::milliseconds spent, std::int64_t requests, bool known) {
  if (!known || requests == 0) return std::nullopt;
  return static_cast<double>(std::chrono::microseconds(spent).count()) / static_cast<double>(requests);
}

double seconds_between(load::instant_ns from, load::instant_ns to) {
  return static_cast<double>(std::max<load::instant_ns>(0, to - from)) / 1e9;
}

void fire(crowd& at, const nodes& servers, int connections) {
  load::loop_options loop{.target = servers.addresses().front(), .connections = connections};
  loop.more_targets.assign(servers.addresses().begin() + 1, servers.addresses().end());
  loop.request_timeout_ns = 90'000'000'000;
  load::run_closed_loop(loop, at);
}

void take_speed(outcome& o, const crowd& c) {
  const auto ms = [&](double percent) { return static_cast<double>(c.latency_ns().percentile(percent)) / 1e6; };
  o.requests = c.answers();
  o.accepted = static_cast<std::int64_t>(c.accepted().size());
  o.unavailable = c.unavailable();
  o.requests_per_second = static_cast<double>(c.answers()) / std::max(o.seconds, 1e-9);
  o.p50_ms = ms(50);
  o.p95_ms = ms(95);
  o.p99_ms = ms(99);
  o.max_ms = static_cast<double>(c.latency_ns().max()) / 1e6;
}

}  // namespace

outcome carry_out(const experiment& what, stores& on, const std::filesystem::path& folder,
                  const std::filesystem::path& firstcome, const std::function<void(double)>& on_progress) {
  nodes servers(what.nodes, on, folder, firstcome);
  const bool embedded = what.nodes.strategy == "embedded";
  const bool real = what.nodes.strategy == "async-batch";
  const api::node_client client = client_of(servers);
  const std::int64_t coupon = create_coupon(client, what.quantity);
  std::unique_ptr<ledger_watch> watch;
  if (!embedded)
    watch = std::make_unique<ledger_watch>(on.connect_to(real ? on.ledger_url() : on.original_url()), coupon);

  crowd people({.coupon = coupon, .users = what.users, .duration_s = what.duration_s}, [&](double share) {
    throw_if_interrupted();
    if (const std::string ended = servers.who_ended(); !ended.empty()) throw std::runtime_error(ended);
    on_progress(share);
  });
  const cpu_times before = cpu_times_of(servers, on);
  const load::instant_ns began_at = load::now_ns();
  fire(people, servers, what.nodes.connections);
  outcome o{.strategy = what.nodes.strategy, .servers = what.nodes.servers};
  o.seconds = seconds_between(began_at, load::now_ns());
  take_speed(o, people);
  if (people.strange() > 0) throw std::runtime_error("a node answered what the contract does not have");

  if (watch) watch->wait_for(o.accepted, patience_for_a_row);
  const cpu_times after = cpu_times_of(servers, on);
  o.last_row_s = seconds_between(began_at, watch ? watch->last_row_at() : people.last_acceptance());
  o.api_cpu_us = per_request_us(after.api - before.api, o.requests, true);
  o.redis_cpu_us = per_request_us(after.redis - before.redis, o.requests, on.redis_pid() != 0 && !embedded);
  o.database_cpu_us = per_request_us(after.database - before.database, o.requests, on.database_pid() != 0 && !embedded);

  evidence e{.quantity = what.quantity, .asked = people.resolved_users(), .accepted = people.accepted()};
  e.in_the_end = watch ? watch->read() : books_of(client, coupon);
  o.issued_quantity = e.in_the_end.issued_quantity;
  o.rows = static_cast<std::int64_t>(e.in_the_end.users.size());
  o.verdict = judge(e);
  servers.stop();
  return o;
}

}  // namespace firstcome::lab
