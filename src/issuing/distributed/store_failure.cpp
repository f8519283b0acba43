#include "issuing/distributed/store_failure.hpp"

#include <string>

#include "domain/error.hpp"
#include "runtime/log.hpp"

namespace firstcome::issuing {

void log_store_failure(std::exception_ptr why, const char* what) {
  const auto sentence = [what](const std::exception& e) { return std::string(what) + ": " + e.what(); };
  try {
    std::rethrow_exception(why);
  } catch (const store_unavailable& e) {
    runtime::log::warn(sentence(e));
  } catch (const std::exception& e) {
    runtime::log::error(sentence(e));
  }
}

}  // namespace firstcome::issuing
