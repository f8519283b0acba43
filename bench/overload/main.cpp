// firstcome-overload: offers a node twice what it can do, and prints what became of it.

#include <boost/json.hpp>

#include <cstdio>
#include <exception>

#include "cli/arguments.hpp"
#include "load/overload_run.hpp"

namespace {

using namespace firstcome::load;

boost::json::object to_json(const latency_ms& of) {
  return {{"p50", of.p50}, {"p99", of.p99}, {"max", of.max}};
}

std::string to_json(const overload_figures& of) {
  return boost::json::serialize(boost::json::object{{"peak_per_second", of.peak_per_s},
                                                    {"peak_again_per_second", of.peak_again_per_s},
                                                    {"offered_per_second", of.offered_per_s},
                                                    {"accepted_per_second", of.accepted_per_s},
                                                    {"refused_per_second", of.refused_per_s},
                                                    {"unknown_per_second", of.unknown_per_s},
                                                    {"unsent", of.unsent},
                                                    {"refused_without_retry_after", of.refused_without_retry_after},
                                                    {"of_peak", of.of_peak},
                                                    {"normal_ms", to_json(of.normal)},
                                                    {"accepted_ms", to_json(of.accepted)},
                                                    {"refused_ms", to_json(of.refused)},
                                                    {"slowest_answer_ms", of.slowest_answer_ms},
                                                    {"waited_share", of.waited_share},
                                                    {"rss_at_peak", of.rss_at_peak},
                                                    {"rss_first_half", of.rss_first_half},
                                                    {"rss_second_half", of.rss_second_half},
                                                    {"cpu_us_accepted", of.cpu_us_accepted},
                                                    {"cpu_us_refused", of.cpu_us_refused},
                                                    {"normal_after_ms", of.normal_after_ms}});
}

}  // namespace

int main(int argc, char** argv) {
  overload_options options;
  std::string url = "http://127.0.0.1:8080";
  std::int64_t coupon = 1;
  const firstcome::cli::arguments line(
      "firstcome-overload",
      "Finds what a node can do, offers it a multiple of that, and prints what became of it as JSON.");
  const firstcome::cli::command flags = line.flags();
  flags.add_option("--url", url, "the node").with_default();
  flags.add_option("--coupon", coupon, "an unlimited one").with_default();
  flags.add_option("--server-pid", options.server_pid, "whose memory and CPU are read").required();
  flags.add_option("--peak-connections", options.peak_connections, "that find out what it can do").with_default();
  flags.add_option("--connections", options.connections, "that overload it").with_default().within(1, 60000);
  flags.add_option("--overload", options.overload, "so many times the peak").with_default();
  flags.add_option("--peak-seconds", options.peak_s, "how long the peak is measured").with_default();
  flags.add_option("--seconds", options.overload_s, "how long").with_default();
  if (const auto done = line.read(argc, argv)) return *done;
  try {
    options.target = parse_url(url);
    options.path = "/v1/coupons/" + std::to_string(coupon) + "/issues";
    std::puts(to_json(run_overload(options).figures).c_str());
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "firstcome-overload: %s\n", e.what());
    return 1;
  }
}
