#include "lab/strategies/queue_of_list.hpp"

#include <charconv>
#include <chrono>

#include "lab/strategies/ask_redis.hpp"
#include "lab/strategies/lab_keys.hpp"
#include "runtime/log.hpp"

namespace firstcome::issuing {
namespace {

namespace log = runtime::log;

constexpr const char* wait_s = "1";  // shorter than a reply may take
constexpr std::chrono::milliseconds pause_after_failure{200};

}  // namespace

std::string to_text(const queue_entry& entry) {
  return std::to_string(raw(entry.coupon)) + ":" + std::to_string(raw(entry.user));
}

std::optional<queue_entry> queue_entry_from(std::string_view text) {
  std::int64_t coupon = 0, user = 0;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, coupon);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != ':') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, user);
  if (second.ec != std::errc{} || second.ptr != end) return std::nullopt;
  return queue_entry{.coupon = coupon_id{coupon}, .user = user_id{user}};
}

void push(redis::session& over, const queue_entry& entry) {
  const std::string text = to_text(entry);
  ask(over, {"RPUSH", lab_keys::queue, text});
}

queue_consumer::queue_consumer(shared_parts& shared, std::function<std::unique_ptr<per_thread>()> make_tools)
    : shared_(shared), make_tools_(std::move(make_tools)), thread_([this] { run(); }) {}

queue_consumer::~queue_consumer() {
  stopping_ = true;
  thread_.join();
}

void queue_consumer::run() {
  while (!stopping_) {
    try {
      const std::unique_ptr<per_thread> own = make_tools_();
      move_entries(*own);
    } catch (const std::exception& e) {
      log::warn("the lab's queue is not read now", {{"reason", e.what()}});
      std::this_thread::sleep_for(pause_after_failure);
    }
  }
}

void queue_consumer::move_entries(per_thread& own) {
  while (!stopping_) {
    const redis::reply popped = ask(own.redis, {"BLPOP", lab_keys::queue, wait_s});
    if (popped.size() == 2) write(own, std::string(popped[1].text()));
  }
}

/// What cannot be written now goes back to where it was.
void queue_consumer::write(per_thread& own, const std::string& text) {
  const std::optional<queue_entry> entry = queue_entry_from(text);
  if (!entry) return log::error("the lab's queue holds what is not an entry", {{"text", text}});
  try {
    const std::unique_ptr<strategy> under_row_lock = make_sync_db_lock(shared_, own);
    const result<issue_decision> said = under_row_lock->issue(entry->coupon, entry->user);
    if (!said || said->what != verdict::admitted) log::error("an accepted user could not be issued", {{"entry", text}});
  } catch (const std::exception&) {
    ask(own.redis, {"LPUSH", lab_keys::queue, text});
    throw;
  }
}

}  // namespace firstcome::issuing
