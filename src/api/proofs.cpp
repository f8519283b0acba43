#include "api/proofs.hpp"

#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <algorithm>
#include <atomic>
#include <span>
#include <vector>

namespace firstcome::api {

using identity::checked;
using identity::signature_checker;

/// What a thread needs: copies, because the exchange may be over before it has its turn. It keeps the loop going until
/// it has come back there.
class proofs::check final : public identity::signature_check, public std::enable_shared_from_this<check> {
 public:
  check(identity::user_tokens& tokens, identity::token_claim claim, const boost::asio::any_io_executor& origin_loop)
      : tokens_(tokens),
        claim_(std::move(claim)),
        text_(std::string(claim_.said.signed_text) + std::string(claim_.said.signature)),
        origin_loop_(boost::asio::prefer(origin_loop, boost::asio::execution::outstanding_work.tracked)) {
    const std::size_t signed_size = claim_.said.signed_text.size();
    claim_.said.signed_text = std::string_view(text_).substr(0, signed_size);
    claim_.said.signature = std::string_view(text_).substr(signed_size);
  }

  bool wanted() const override { return wanted_; }
  bool run() override { return tokens_.verify(claim_); }

  /// Groups them by their loops: each is woken once.
  static void deliver(std::span<signature_checker::finished> all);

  user_id claimed() const { return claim_.said.user; }

  // The loop's thread.
  void begin(waiting& on) { waits_ = &on; }
  void leave() {
    waits_ = nullptr;
    wanted_ = false;
  }

 private:
  identity::user_tokens& tokens_;
  identity::token_claim claim_;
  const std::string text_;
  boost::asio::any_io_executor origin_loop_;
  std::atomic<bool> wanted_{true};
  waiting* waits_ = nullptr;  // the loop's thread's own
};

/// Lives inside the exchange while a thread checks.
class proofs::waiting final : public http::pending_work {
 public:
  waiting(proofs& of, const unproven& request, std::shared_ptr<check> by)
      : owner_(of), request_(request), by_(std::move(by)) {
    by_->begin(*this);
  }
  waiting(const waiting&) = delete;
  waiting& operator=(const waiting&) = delete;
  ~waiting() { by_->leave(); }

  /// Whatever it asks for has not begun.
  bool withdraw() override {
    by_->leave();
    return true;
  }
  void end(checked outcome) {
    const unproven request = request_;  // what follows destroys this
    request.to.x.set_pending(nullptr);  // and from here on there is nothing to take back
    owner_.end(request, by_->claimed(), outcome);
  }

 private:
  proofs& owner_;
  const unproven request_;
  const std::shared_ptr<check> by_;
};

void proofs::check::deliver(std::span<signature_checker::finished> all) {
  struct outcome_of {
    std::shared_ptr<check> which;
    checked outcome;
  };
  struct group {
    boost::asio::any_io_executor origin_loop;
    std::vector<outcome_of> outcomes;
  };
  std::vector<group> groups;
  for (signature_checker::finished& one : all) {
    auto which = std::static_pointer_cast<check>(std::move(one.check));
    // Moved, or the loop would wait for whoever still holds it.
    boost::asio::any_io_executor origin_loop = std::move(which->origin_loop_);
    auto there = std::ranges::find(groups, origin_loop, &group::origin_loop);
    if (there == groups.end()) there = groups.insert(there, {std::move(origin_loop), {}});
    there->outcomes.push_back({std::move(which), one.outcome});
  }
  for (group& one : groups) {
    const boost::asio::any_io_executor origin_loop = std::move(one.origin_loop);
    boost::asio::post(origin_loop, [outcomes = std::move(one.outcomes)] {
      for (const outcome_of& each : outcomes)
        if (each.which->waits_ != nullptr) each.which->waits_->end(each.outcome);
    });
  }
}

proofs::proofs(identity::user_tokens* tokens, const signature_checker::limits& most, receiver& to)
    : tokens_(tokens), receiver_(to) {
  if (tokens_ != nullptr) checker_ = std::make_unique<signature_checker>(most, &check::deliver);
}

signature_checker::queue_kind proofs::queue_for(const http::exchange& x) {
  return x.is_suspect() ? signature_checker::queue_kind::suspects : signature_checker::queue_kind::usual;
}

bool proofs::has_room(const http::exchange& x, const identity::token_claim& claim) const {
  return identity::key_set::is_quick(claim.said.signed_with) || checker_->has_room(queue_for(x));
}

void proofs::begin(const unproven& request, identity::token_claim claim) {
  const user_id claimed = claim.said.user;
  if (identity::key_set::is_quick(claim.said.signed_with))
    return end(request, claimed, tokens_->verify(claim) ? checked::good : checked::bad);
  http::exchange& x = request.to.x;
  const auto by = std::make_shared<check>(*tokens_, std::move(claim), x.executor());
  auto& waits = x.emplace_state<waiting>(*this, request, by);
  x.set_pending(&waits);
  if (!checker_->take(queue_for(x), by)) end(request, claimed, checked::not_done);
}

void proofs::end(const unproven& request, user_id claimed, checked outcome) {
  // Where a worthless signature hears "sold out", the next request over the connection must not tell it either.
  if (outcome == checked::good || (outcome == checked::bad && !request.sold_out))
    request.to.x.suspect(outcome == checked::bad);
  receiver_.on_proof(request, claimed, outcome);
}

void proofs::close() {
  if (checker_) checker_->close();
}

}  // namespace firstcome::api
