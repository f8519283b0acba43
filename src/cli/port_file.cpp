#include "cli/port_file.hpp"

#include <unistd.h>

#include <fstream>
#include <stdexcept>

namespace firstcome::cli {

void write_port_file(const std::filesystem::path& file, const endpoint& listening_at) {
  endpoint reachable = listening_at;
  if (reachable.address().is_unspecified()) reachable.address(boost::asio::ip::address_v4::loopback());
  const std::filesystem::path draft = file.string() + "." + std::to_string(getpid());
  std::ofstream out(draft);
  out << to_string(reachable) << '\n';
  out.close();
  if (!out) throw std::runtime_error("--port-file: cannot write " + draft.string());
  std::filesystem::rename(draft, file);
}

}  // namespace firstcome::cli
