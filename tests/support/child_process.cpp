#include "support/child_process.hpp"

#include <fstream>
#include <sstream>
#include <utility>

#include "support/temporary_directory.hpp"

namespace firstcome::testing {

finished_child run_to_end(child_command command, std::chrono::milliseconds within) {
  const temporary_directory folder;
  command.stdout_file = folder.path() / "stdout";
  command.stderr_file = folder.path() / "stderr";
  finished_child finished;
  {
    child_process child(command);
    finished.status = child.wait(within);
  }
  finished.out = text_of(command.stdout_file);
  finished.err = text_of(command.stderr_file);
  return finished;
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return std::move(text).str();
}

}  // namespace firstcome::testing
