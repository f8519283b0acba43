#include "support/server_under_test.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "support/eventually.hpp"

namespace firstcome::testing {

using namespace std::chrono_literals;

std::string firstcome_program() {
  const char* named = std::getenv("FIRSTCOME_TEST_BINARY");
  return named != nullptr ? named : FIRSTCOME_BINARY;
}

server_under_test::server_under_test(server_options options) : options_(std::move(options)) {
  if (options_.data_dir.empty()) options_.data_dir = folder_.path() / "data";
  start();
}

server_under_test::~server_under_test() = default;

child_command server_under_test::command() const {
  child_command command;
  command.arguments = {firstcome_program(), options_.node, "--listen", options_.listen};
  if (options_.node == "serve")
    command.arguments.insert(command.arguments.end(), {"--data-dir", options_.data_dir.string()});
  command.arguments.insert(command.arguments.end(), options_.flags.begin(), options_.flags.end());
  command.environment = options_.environment;
  command.working_directory = folder_.path();
  return command;
}

void server_under_test::start(std::map<std::string, std::string> environment) {
  options_.environment = std::move(environment);
  start();
}

void server_under_test::start_unready() {
  options_.await_ready = false;
  start();
}

void server_under_test::start() {
  launch();
  wait_until_ready();
}

void server_under_test::launch() {
  const std::filesystem::path port_file = folder_.path() / "port";
  std::filesystem::remove(port_file);
  child_command with_files = command();
  with_files.arguments.insert(with_files.arguments.end(), {"--port-file", port_file.string()});
  with_files.stdout_file = folder_.path() / "stdout";
  with_files.stderr_file = folder_.path() / "stderr";
  process_ = std::make_unique<child_process>(with_files);
}

bool server_under_test::listening() {
  if (!running()) return false;
  const std::string address = text_of(folder_.path() / "port");  // ADDRESS:PORT
  port_ = static_cast<std::uint16_t>(std::atoi(address.c_str() + address.rfind(':') + 1));
  return port_ != 0;
}

void server_under_test::wait_until_ready() {
  const bool ready = eventually([this] {
    if (!process_->running()) return true;  // looked at below
    return listening() && (!options_.await_ready || this->ready());
  });
  if (!ready || !process_->running()) throw std::runtime_error("the server did not become ready:\n" + err());
}

std::string server_under_test::admin_token() const {
  if (const auto given = options_.environment.find("FIRSTCOME_ADMIN_TOKEN"); given != options_.environment.end())
    return given->second;
  std::string token = text_of(options_.data_dir / "admin.token");
  token.erase(std::find_if(token.begin(), token.end(), [](unsigned char c) { return std::isspace(c); }), token.end());
  return token;
}

void server_under_test::kill_hard() {
  process_->send_signal(SIGKILL);
  process_->wait(10s);
}

std::optional<exit_status> server_under_test::terminate(std::chrono::milliseconds within) {
  process_->send_signal(SIGTERM);
  return process_->wait(within);
}

std::string sanitizer_report_in(const std::string& text) {
  std::size_t first = std::string::npos;
  for (const char* mark :
       {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer", "runtime error:"})
    first = std::min(first, text.find(mark));
  return first == std::string::npos ? std::string() : text.substr(first, 8000);
}

std::string server_under_test::sanitizer_report() const {
  std::string text = err();
  std::string report = sanitizer_report_in(text);
  while (lacked_memory_ && !report.empty()) {
    const std::string first_line = report.substr(0, report.find('\n'));
    const bool of_memory = first_line.find("failed to allocate") != std::string::npos ||
                           first_line.find("out-of-memory") != std::string::npos;
    if (!of_memory) break;
    text.erase(0, text.find(first_line) + first_line.size());
    report = sanitizer_report_in(text);
  }
  return report;
}

void expect_clean_stop(server_under_test& server) {
  const auto status = server.terminate();
  ASSERT_TRUE(status.has_value()) << "still running after SIGTERM\n" << server.err();
  EXPECT_EQ(*status, exited_with(0)) << server.err();
  EXPECT_EQ(server.sanitizer_report(), "");
}

}  // namespace firstcome::testing
