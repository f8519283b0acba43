#include "issuing/distributed/redis_gate_client.hpp"

#include <spdlog/spdlog.h>

#include <string>

#include "gate/redis/scripts.hpp"

namespace firstcome::issuing {

using gate::gate_answer;

/// What both kinds have in common: whom to tell, and what is asked.
class redis_gate_client::call : public redis::completion {
 public:
  explicit call(redis_gate_client& of) : client_(of) {}
  bool is_free() const { return receiver_ == nullptr; }

 protected:
  ~call() = default;

  void begin(coupon_id coupon, runtime::deadline until, receiver& to) {
    question_ = {client_.epochs_, coupon};
    until_ = until;
    receiver_ = &to;
  }

  bool retry_with(gate_answer what, epoch_number open_epoch) {
    return question_.retry_with(client_.epochs_, what, open_epoch);
  }

  /// Frees the call: the receiver may ask again from inside.
  receiver& finish() { return *std::exchange(receiver_, nullptr); }

  redis_gate_client& client_;
  receiver* receiver_ = nullptr;
  epoch_cache::question question_;
  runtime::deadline until_ = runtime::deadline::never();
};

class redis_gate_client::admit_call final : public call {
 public:
  explicit admit_call(redis_gate_client& of) : call(of), arguments_(of.prefix_) {}

  void begin(coupon_id coupon, std::span<const user_id> users, runtime::deadline until, receiver& to) {
    call::begin(coupon, until, to);
    users_ = users;
    send();
  }

 private:
  void send() {
    arguments_.set(question_.coupon(), question_.epoch(), client_.backlog_max_, users_);
    client_.redis_.run(client_.admit_script_, arguments_.keys(), arguments_.args(), until_, *this);
  }

  void replied(redis::reply_view answer) override {
    const gate::admit_outcome outcome =
        gate::decode_admit(answer, question_.coupon(), question_.epoch(), users_, decisions_);
    if (retry_with(outcome.what, outcome.open_epoch)) return send();
    if (outcome.what == gate_answer::decided) client_.clock_.note(outcome.terms.now);
    finish().on_admission({.what = kind_of(outcome.what), .decisions = decisions_, .terms = outcome.terms});
  }

  void not_executed(std::string_view) override { end(admission_answer::outcome::not_done); }
  void unknown(std::string_view) override { end(admission_answer::outcome::unknown); }

  void end(admission_answer::outcome what) { finish().on_admission({.what = what, .decisions = {}, .terms = {}}); }

  static admission_answer::outcome kind_of(gate_answer what) {
    using enum admission_answer::outcome;
    switch (what) {
      case gate_answer::decided:
        return decided;
      case gate_answer::missing:
        return no_gate;
      case gate_answer::closed:
        return gate_closed;
      case gate_answer::retired:
        return retired;
      case gate_answer::refused:
        return not_done;
      case gate_answer::not_understood:
        return admission_answer::outcome::unknown;
    }
    return admission_answer::outcome::unknown;
  }

  std::span<const user_id> users_;
  gate::admit_arguments arguments_;
  gate::admit_decisions decisions_;
};

class redis_gate_client::look_call final : public call {
 public:
  explicit look_call(redis_gate_client& of) : call(of), names_(of.prefix_) {}

  void begin(coupon_id coupon, runtime::deadline until, receiver& to) {
    call::begin(coupon, until, to);
    send();
  }

 private:
  void send() {
    names_.name(question_.coupon(), question_.epoch());
    epoch_text_ = std::to_string(question_.epoch());
    const std::array<std::string_view, 2> keys = {names_.meta, names_.users};
    const std::array<std::string_view, 1> args = {epoch_text_};
    client_.redis_.run(client_.lease_script_, keys, args, until_, *this);
  }

  void replied(redis::reply_view answer) override {
    const gate::look_outcome outcome = gate::decode_look(answer, question_.epoch());
    if (retry_with(outcome.what, outcome.open_epoch)) return send();
    if (outcome.what != gate_answer::decided) return finish().on_look(std::nullopt);
    client_.clock_.note(outcome.terms.now);
    finish().on_look(outcome.terms);
  }

  void not_executed(std::string_view) override { finish().on_look(std::nullopt); }
  void unknown(std::string_view) override { finish().on_look(std::nullopt); }

  gate::gate_keys names_;
  std::string epoch_text_;
};

redis_gate_client::redis_gate_client(redis::async_client& redis, gate_clock& clock, std::int64_t backlog_max,
                                     std::string_view prefix)
    : redis_(redis),
      clock_(clock),
      backlog_max_(backlog_max),
      prefix_(prefix),
      admit_script_(gate::scripts::admit),
      lease_script_(gate::scripts::lease) {}

redis_gate_client::~redis_gate_client() = default;

template <class Call>
Call& redis_gate_client::free_one(std::vector<std::unique_ptr<Call>>& of) {
  for (const auto& one : of)
    if (one->is_free()) return *one;
  return *of.emplace_back(std::make_unique<Call>(*this));
}

void redis_gate_client::admit(coupon_id coupon, std::span<const user_id> users, runtime::deadline until, receiver& to) {
  free_one(admits_).begin(coupon, users, until, to);
}

void redis_gate_client::look(coupon_id coupon, runtime::deadline until, receiver& to) {
  free_one(looks_).begin(coupon, until, to);
}

}  // namespace firstcome::issuing
