// The Redis client's table of calls, driven through events in an order that the input chooses. Whatever comes when:
// each call has one outcome, "not executed" is true, nothing happens after a deadline, and memory is bounded.

#include <cstdint>

#include "support/call_table_trial.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  firstcome::testing::call_table_trial(data, size).run();  // what it throws ends the program, with the promise's name
  return 0;
}
