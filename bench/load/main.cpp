// firstcome-load: times what a user feels, one run for one path.

#include <cstdio>
#include <exception>

#include "cli/arguments.hpp"
#include "load/measurement.hpp"

namespace {

using namespace firstcome::load;

void print(const measurement& m) {
  const auto us = [&](double percent) { return static_cast<double>(m.latency_ns.percentile(percent)) / 1e3; };
  std::printf("%.0f requests/s over %.2f s (%llu answers)\n", static_cast<double>(m.answers) / m.seconds, m.seconds,
              static_cast<unsigned long long>(m.answers));
  std::printf("latency us: p50 %.0f  p90 %.0f  p99 %.0f  p99.9 %.0f  max %.0f\n", us(50), us(90), us(99), us(99.9),
              static_cast<double>(m.latency_ns.max()) / 1e3);
  for (const auto& [status, count] : m.answers_by_status)
    std::printf("status %d: %llu\n", status, static_cast<unsigned long long>(count));
  std::printf("unexpected %llu, lost %llu\n", static_cast<unsigned long long>(m.unexpected),
              static_cast<unsigned long long>(m.lost));
  std::printf("CPU us a request: client %.2f (%.0f %% of a core), server %.2f\n", m.client_cpu_us_per_request,
              m.client_cpu_share * 100, m.server_cpu_us_per_request);
}

user_kind kind_of(std::string_view word) {
  if (word == "fixed") return user_kind::fixed;
  return word == "sequential" ? user_kind::sequential : user_kind::random;
}

}  // namespace

int main(int argc, char** argv) {
  const firstcome::cli::arguments line(
      "firstcome-load", "Times what a user feels: POSTs over N connections, each waiting for its answer.");
  const firstcome::cli::command flags = line.flags();
  measurement_options options;
  std::string url = "http://127.0.0.1:8080";
  std::uint64_t coupon = 1;
  std::vector<int> expected{200, 201, 202};
  bool json = false;
  std::string users = "fixed";
  flags.add_option("--url", url, "the server").with_default();
  flags.add_option("--coupon", coupon, "the coupon's id, when --path is not given").with_default();
  flags.add_option("--path", options.path, "instead of /v1/coupons/ID/issues; @ stands for the user's id");
  flags.add_option("--body", options.body, "JSON; @ stands for the user's id").with_default();
  flags.add_option("--connections", options.connections, "open all the while").with_default().within(1, 60000);
  flags.add_option("--duration", options.duration_s, "seconds that are measured").with_default();
  flags.add_option("--warm-up", options.warm_up_s, "seconds before that").with_default();
  flags.add_option("--requests", options.requests, "stop after so many, without a warm-up");
  flags.add_option("--users", users, "fixed, sequential, or random: out of ten million, nobody twice")
      .one_of({"fixed", "sequential", "random"})
      .with_default();
  flags.add_option("--first", options.first_user, "the user, or where to start").with_default();
  flags.add_option("--seed", options.seed, "the order of --users random").with_default();
  flags.add_option("--different-users", options.different_users, "start over after so many");
  flags.add_option("--tokens", options.tokens_file,
                   "a bearer token a line: those users, in turn, and no @ in the body");
  flags.add_option("--bearer", options.bearer, "a token that each request carries: a till's, an operator's");
  flags.add_option("--expect", expected, "statuses that are no error").separated_by(',').with_default();
  flags.add_option("--server-pid", options.server_pid, "measure this process' CPU too");
  flags.add_flag("--json", json, "print one JSON object");
  if (const auto done = line.read(argc, argv)) return *done;

  try {
    options.target = parse_url(url);
    options.users = kind_of(users);
    if (options.path.empty()) options.path = "/v1/coupons/" + std::to_string(coupon) + "/issues";
    options.expected = {expected.begin(), expected.end()};
    const measurement m = measure(options);
    json ? static_cast<void>(std::puts(to_json(m).c_str())) : print(m);
    return m.unexpected == 0 && m.lost == 0 ? 0 : 1;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "firstcome-load: %s\n", e.what());
    return 1;
  }
}
