#include "support/redis_server.hpp"

#include <hiredis/hiredis.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>

#include "lab/process/free_port.hpp"
#include "support/eventually.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;

constexpr timeval command_timeout{10, 0};
constexpr int ports_to_try = 10;

/// Debian's, or the one of another version or kin (Valkey) that FIRSTCOME_TEST_REDIS_SERVER names: docs/stores.md.
std::string program() {
  const char* named = std::getenv("FIRSTCOME_TEST_REDIS_SERVER");
  return named != nullptr ? named : "/usr/bin/redis-server";
}

std::string value_of(const std::vector<std::string>& arguments, const std::string& name) {
  const auto at = std::find(arguments.begin(), arguments.end(), name);
  return at == arguments.end() || at + 1 == arguments.end() ? "" : at[1];
}

}  // namespace

redis_server::redis_server(std::vector<std::string> arguments)
    : program_({program()}), arguments_(std::move(arguments)), password_(value_of(arguments_, "--requirepass")) {
  for (int attempt = 0; attempt < ports_to_try; ++attempt) {
    choose_ports();
    launch();
    if (came_up()) return;
    if (process_->running() || text_of(folder_.path() / "log").find("in use") == std::string::npos) break;
  }
  throw std::runtime_error("redis-server did not start: " + text_of(folder_.path() / "log"));
}

redis_server::~redis_server() {
  disconnect();
}

void redis_server::choose_ports() {
  port_ = lab::free_port();
  do bus_port_ = lab::free_port();
  while (bus_port_ == port_);
}

std::string redis_server::address() const {
  return "127.0.0.1:" + std::to_string(port_);
}

std::string redis_server::url() const {
  return "redis://" + address();
}

void redis_server::launch() {
  child_command command{
      .arguments = {"--bind", "127.0.0.1", "--port", std::to_string(port_), "--cluster-port", std::to_string(bus_port_),
                    "--dir", folder_.path().string(), "--appendonly", "yes", "--appendfsync", "always",
                    "--no-appendfsync-on-rewrite", "no", "--maxmemory-policy", "noeviction", "--save", ""},
      .stdout_file = folder_.path() / "log",
      .stderr_file = folder_.path() / "log"};
  command.arguments.insert(command.arguments.begin(), program_.begin(), program_.end());
  command.arguments.insert(command.arguments.end(), arguments_.begin(), arguments_.end());
  process_ = std::make_unique<child_process>(command);
}

bool redis_server::came_up() {
  bool up = false;
  eventually([&] { return (up = answers()) || !process_->running(); });
  return up;
}

bool redis_server::answers() {
  try {
    const redis::reply pong = command({"PING"});
    return !pong.text().starts_with("LOADING");
  } catch (const std::runtime_error&) {
    return false;
  }
}

redisContext* redis_server::connection() {
  if (connection_ != nullptr) return connection_;
  connection_ = redisConnectWithTimeout("127.0.0.1", port_, command_timeout);
  if (connection_ == nullptr || connection_->err != 0) {
    disconnect();
    throw std::runtime_error("no connection to redis-server at " + address());
  }
  redisSetTimeout(connection_, command_timeout);
  if (!password_.empty()) freeReplyObject(redisCommand(connection_, "AUTH %s", password_.c_str()));
  return connection_;
}

void redis_server::disconnect() {
  if (connection_ != nullptr) redisFree(connection_);
  connection_ = nullptr;
}

redis::reply redis_server::command(const std::vector<std::string>& words) {
  const std::scoped_lock lock(one_at_a_time_);
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  void* answer = redisCommandArgv(connection(), static_cast<int>(words.size()), texts.data(), sizes.data());
  if (answer == nullptr) {
    disconnect();
    throw std::runtime_error("redis-server at " + address() + " did not answer " + words.front());
  }
  return redis::reply(static_cast<redisReply*>(answer));
}

std::string redis_server::ask(const std::vector<std::string>& words) {
  const redis::reply answer = command(words);
  if (answer.is_error()) throw std::runtime_error(words.front() + ": " + std::string(answer.text()));
  return std::string(answer.text());
}

void redis_server::kill() {
  process_->send_signal(SIGKILL);
  process_->wait(patience);
  disconnect();
}

void redis_server::shut_down() {
  process_->send_signal(SIGTERM);
  if (!process_->wait(patience)) throw std::runtime_error("redis-server does not end");
  disconnect();
}

void redis_server::forget() {
  if (running()) throw std::logic_error("a running redis-server keeps its data");
  for (const char* part : {"appendonlydir", "dump.rdb", "nodes.conf"})
    std::filesystem::remove_all(folder_.path() / part);
}

void redis_server::start() {
  if (running()) return;
  disconnect();
  launch();
  if (!came_up()) throw std::runtime_error("redis-server did not start again: " + text_of(folder_.path() / "log"));
}

void redis_server::pause() {
  process_->send_signal(SIGSTOP);
}

void redis_server::resume() {
  process_->send_signal(SIGCONT);
}

}  // namespace firstcome::testing
