#include "api/unknown_keys.hpp"

#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

namespace firstcome::api {

/// What is called on another thread. It keeps the loop going until it has come back there.
class unknown_keys::ticket final : public std::enable_shared_from_this<ticket> {
 public:
  explicit ticket(const boost::asio::any_io_executor& origin_loop)
      : origin_loop_(boost::asio::prefer(origin_loop, boost::asio::execution::outstanding_work.tracked)) {}

  void come_back();

  waiting* waits = nullptr;  // the loop's thread's own

 private:
  boost::asio::any_io_executor origin_loop_;
};

class unknown_keys::waiting final : public http::pending_work {
 public:
  waiting(receiver& of, routed_exchange to, const route_match& found, std::shared_ptr<ticket> with)
      : receiver_(of), exchange_(to), found_(found), ticket_(std::move(with)) {
    ticket_->waits = this;
  }
  waiting(const waiting&) = delete;
  waiting& operator=(const waiting&) = delete;
  ~waiting() { ticket_->waits = nullptr; }

  /// Whatever it asks for has not begun.
  bool withdraw() override {
    ticket_->waits = nullptr;
    return true;
  }
  void end() {
    ticket_->waits = nullptr;
    const routed_exchange to = exchange_;  // what follows destroys this
    const route_match found = found_;
    to.x.set_pending(nullptr);  // from here on there is nothing to take back
    receiver_.on_keys_read(to, found);
  }

 private:
  receiver& receiver_;
  const routed_exchange exchange_;
  const route_match found_;
  const std::shared_ptr<ticket> ticket_;
};

void unknown_keys::ticket::come_back() {
  // Moved, or the loop would wait for whoever still holds this.
  const boost::asio::any_io_executor origin_loop = std::move(origin_loop_);
  boost::asio::post(origin_loop, [self = shared_from_this()] {
    if (self->waits != nullptr) self->waits->end();
  });
}

identity::key_watch::asked unknown_keys::begin(routed_exchange to, const route_match& found) {
  using asked = identity::key_watch::asked;
  if (!keys_) return asked::not_now;
  const auto with = std::make_shared<ticket>(to.x.executor());
  const asked how = keys_->read_for_unknown_key([with] { with->come_back(); });
  if (how == asked::will_be_read) to.x.set_pending(&to.x.emplace_state<waiting>(receiver_, to, found, with));
  return how;
}

}  // namespace firstcome::api
