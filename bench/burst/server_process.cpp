#include "burst/server_process.hpp"

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace firstcome::burst {
namespace {

using namespace std::chrono_literals;

std::string first_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  return std::getline(in, line) && !in.eof() ? line : std::string();  // a line without its end is still being written
}

}  // namespace

server_process::server_process(const std::filesystem::path& binary, int connections) {
  const std::filesystem::path& folder = folder_.path();
  process_ = lab::start_program(
      lab::with_log({binary.string(), "serve", "--listen", "127.0.0.1:0", "--port-file", (folder / "port").string(),
                     "--data-dir", (folder / "data").string(), "--max-connections", std::to_string(connections + 64)},
                    {}, folder / "log"));
  wait_until_ready();
}

void server_process::wait_until_ready() {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (std::chrono::steady_clock::now() < deadline) {
    const std::string port = first_line(folder_.path() / "port");
    token_ = first_line(folder_.path() / "data" / "admin.token");
    if (!port.empty() && !token_.empty()) {
      port_ = std::stoi(port.substr(port.rfind(':') + 1));  // ADDRESS:PORT
      return;
    }
    if (!process_->running()) break;
    std::this_thread::sleep_for(5ms);
  }
  throw std::runtime_error("the server did not start:\n" + lab::end_of(folder_.path() / "log"));
}

}  // namespace firstcome::burst
