// async-script: the four steps as one script. Redis runs one script at a time, so nothing can come between the checks
// and the writes, and no lock is needed: one round trip instead of six. One user a call: what is left to gain is to
// send many users in one (async-batch).

#include "lab/strategies/cached_precheck.hpp"
#include "lab/strategies/lab_keys.hpp"
#include "lab/strategies/queue_of_list.hpp"
#include "lab/strategies/read_check_write.hpp"

namespace firstcome::issuing {
namespace {

// KEYS: users, queue. ARGV: user, the queue's entry, quantity (-1: unlimited).
const redis::script admit(R"(
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 'already' end
local quantity = tonumber(ARGV[3])
if quantity >= 0 and redis.call('SCARD', KEYS[1]) >= quantity then return 'gone' end
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('RPUSH', KEYS[2], ARGV[2])
return 'admitted')");

class async_script final : public strategy {
 public:
  async_script(shared_parts& shared, per_thread& own) : shared_(shared), own_(own) {}

  result<issue_decision> issue(coupon_id coupon, user_id user) override {
    const cached_look look = look_at_cache(shared_, own_, coupon);
    if (look.said.what != verdict::admitted) return look.said;
    return run(*look.found.what, user);
  }

 private:
  issue_decision run(const coupon& c, user_id user) {
    const std::string users = lab_keys::users(c.id), member = std::to_string(raw(user));
    const std::string entry = to_text({.coupon = c.id, .user = user});
    const std::string quantity = std::to_string(c.total_quantity.value_or(-1));
    const redis::reply said = own_.redis.run(admit, {users, lab_keys::queue}, {member, entry, quantity});
    if (said.text() == "gone") {
      shared_.cache.note_gone(c.id, c.total_quantity);
      return {.what = verdict::sold_out};
    }
    const verdict what = said.text() == "admitted" ? verdict::admitted : verdict::already_issued;
    if (what != verdict::admitted && said.text() != "already")
      throw store_unavailable("the script failed: " + std::string(said.text()));
    const timestamp now = to_whole_milliseconds(shared_.clock.now());  // a set remembers no time
    return {.what = what, .record = record_of(c.id, user, issue_status::accepted, now)};
  }

  shared_parts& shared_;
  per_thread& own_;
};

}  // namespace

std::unique_ptr<strategy> make_async_script(shared_parts& shared, per_thread& own) {
  return std::make_unique<async_script>(shared, own);
}

}  // namespace firstcome::issuing
