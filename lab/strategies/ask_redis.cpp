#include "lab/strategies/ask_redis.hpp"

#include "domain/error.hpp"

namespace firstcome::issuing {

redis::reply ask(redis::session& over, const redis::arguments& command) {
  redis::reply answer = over.call(command.at(1), command);
  if (answer.is_error())
    throw store_unavailable("Redis refuses " + std::string(command[0]) + ": " + std::string(answer.text()));
  return answer;
}

}  // namespace firstcome::issuing
