#pragma once

// One command to Redis, whose first argument is its key. An error reply is thrown, too: store_unavailable.

#include "redis/session.hpp"

namespace firstcome::issuing {

redis::reply ask(redis::session& over, const redis::arguments& command);

}  // namespace firstcome::issuing
