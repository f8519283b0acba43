#include "lab/experiment/nodes.hpp"

#include <signal.h>

#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "lab/experiment/interruption.hpp"

namespace firstcome::lab {
namespace {

using namespace std::chrono_literals;

constexpr auto start_within = 30s;
constexpr auto stop_within = 30s;
constexpr int connections_spare = 64;
constexpr const char* request_timeout_ms = "60000";  // a slow strategy is to be seen as slow, not as unavailable

std::string random_token() {
  std::random_device source;
  std::string token;
  for (int n = 0; n < 8; ++n) token += std::to_string(source());
  return token;
}

}  // namespace

nodes::nodes(const node_settings& with, stores& on, const std::filesystem::path& folder,
             const std::filesystem::path& firstcome)
    : settings_(with), stores_(on), folder_(folder), firstcome_(firstcome), admin_token_(random_token()) {
  std::filesystem::create_directories(folder_);
  if (settings_.strategy == "embedded") {
    start_serve();
  } else {
    for (int n = 1; n <= settings_.servers; ++n) start_api(n);
    if (settings_.strategy == "async-batch") start_worker();
  }
  for (program& each : programs_) wait_for_port(each);
}

std::map<std::string, std::string> nodes::environment_of(const std::string& database) const {
  return {{"FIRSTCOME_REDIS", stores_.redis_url()},
          {"FIRSTCOME_REDIS_PREFIX", stores_.redis_prefix()},
          {"FIRSTCOME_DATABASE", database},
          {"FIRSTCOME_DURABILITY", "assumed"},  // a Redis that was given may keep what it likes
          {"FIRSTCOME_ADMIN_TOKEN", admin_token_}};
}

void nodes::start_api(int number) {
  std::vector<std::string> arguments = {"api", "--request-timeout-ms", request_timeout_ms, "--max-connections",
                                        std::to_string(settings_.connections + connections_spare)};
  const bool real = settings_.strategy == "async-batch";
  if (real) {
    stores_.prepare_ledger();
  } else {
    for (const std::string& more :
         {std::string("--lab"), std::string("--strategy"), settings_.strategy, std::string("--threads"),
          std::string("1"), std::string("--store-threads"), std::to_string(settings_.store_threads),
          std::string("--think-time-ms"), std::to_string(settings_.think_time_ms)})
      arguments.push_back(more);
  }
  start("api-" + std::to_string(number), arguments,
        environment_of(real ? stores_.ledger_url() : stores_.original_url()));
}

void nodes::start_worker() {
  auto environment = environment_of(stores_.ledger_url());
  environment.erase("FIRSTCOME_ADMIN_TOKEN");
  start("worker", {"worker"}, environment);
}

void nodes::start_serve() {
  start("serve",
        {"serve", "--data-dir", (folder_ / "data").string(), "--max-connections",
         std::to_string(settings_.connections + connections_spare), "--request-timeout-ms", request_timeout_ms},
        {{"FIRSTCOME_ADMIN_TOKEN", admin_token_}});
}

void nodes::start(const std::string& name, std::vector<std::string> arguments,
                  std::map<std::string, std::string> environment) {
  const std::filesystem::path log = folder_ / (name + ".log");
  arguments.insert(arguments.begin(), firstcome_.string());
  for (const std::string& more : {std::string("--listen"), std::string("127.0.0.1:0"), std::string("--port-file"),
                                  (folder_ / (name + ".port")).string()})
    arguments.push_back(more);
  programs_.push_back({name, log, start_program(with_log(std::move(arguments), std::move(environment), log))});
}

void nodes::wait_for_port(program& of) {
  const auto deadline = std::chrono::steady_clock::now() + start_within;
  std::string line;
  while (!std::getline(std::ifstream(folder_ / (of.name + ".port")), line)) {
    throw_if_interrupted();
    if (!of.process->running() || std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("a node did not start (" + of.name + "):\n" + end_of(of.log));
    std::this_thread::sleep_for(5ms);
  }
  const auto port = static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
  if (of.name != "worker") addresses_.push_back({.host = "127.0.0.1", .port = port});
}

std::chrono::milliseconds nodes::cpu_time() const {
  std::chrono::milliseconds sum{0};
  for (const program& each : programs_) sum += cpu_time_of(each.process->pid());
  return sum;
}

void nodes::stop() {
  for (program& each : programs_) each.process->send_signal(SIGTERM);
  for (program& each : programs_) {
    const std::optional<exit_status> left = each.process->wait(stop_within);
    if (left == exited_with(0)) continue;
    std::ostringstream how;
    left ? how << " left with " << *left : how << " does not end";
    throw std::runtime_error(each.name + how.str() + ":\n" + end_of(each.log));
  }
}

std::string nodes::who_ended() {
  for (program& each : programs_)
    if (!each.process->running()) return each.name + " ended by itself:\n" + end_of(each.log);
  return "";
}

}  // namespace firstcome::lab
