#pragma once

// The texts of scripts/*.lua, embedded in the program. Each says in its head what it takes and what it answers.

#include <string_view>

namespace firstcome::gate::scripts {

// The API nodes' (admit_call.hpp, look_call.hpp).
extern const std::string_view admit;
extern const std::string_view lease;

// One for each step of shared_gate.hpp (redis_gate.hpp).
extern const std::string_view read_queue;
extern const std::string_view statuses;
extern const std::string_view counts;
extern const std::string_view trim_queue;
extern const std::string_view confirm;
extern const std::string_view fence;
extern const std::string_view load;
extern const std::string_view open;
extern const std::string_view drop;
extern const std::string_view retire;
extern const std::string_view announce;
extern const std::string_view lower;
extern const std::string_view configure;
extern const std::string_view mark_returned;

}  // namespace firstcome::gate::scripts
