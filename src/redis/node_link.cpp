#include "redis/node_link.hpp"

#include <boost/asio/ip/address.hpp>

#include <utility>

namespace firstcome::redis {

node_link::node_link(std::vector<node_address> hosts, const handshake& hello, std::chrono::milliseconds connect_timeout,
                     std::uint32_t seed)
    : hosts_(std::move(hosts)), hello_(hello), connect_timeout_(connect_timeout), backoff_(seed) {}

void node_link::reuse_for(const node_address& node) {
  hosts_ = {node};
  host_ = 0;
  addresses_.clear();
  next_address_ = 0;
  due_ = {};
  backoff_.succeeded();
}

node_link::order node_link::tick(monotonic at, bool wanted) {
  if (at < due_) return order::nothing;
  switch (state_) {
    case state::down:
      return wanted ? begin(at) : order::nothing;
    case state::resolving:
    case state::connecting:
    case state::greeting:
      return close("did not answer in time");
    case state::ready:
    case state::closing:
      break;
  }
  return order::nothing;
}

node_link::order node_link::begin(monotonic at) {
  due_ = at + connect_timeout_;
  why_.clear();
  ++attempt_;
  boost::system::error_code is_name;
  boost::asio::ip::make_address(node().host, is_name);
  if (!is_name) return connect_to(node().host);
  if (next_address_ < addresses_.size()) return connect_to(addresses_[next_address_++]);
  state_ = state::resolving;
  return order::resolve;
}

node_link::order node_link::connect_to(std::string numeric_host) {
  state_ = state::connecting;
  numeric_host_ = std::move(numeric_host);
  taken_ = written_ = 0;
  return order::connect;
}

node_link::order node_link::resolved(unsigned attempt, std::vector<std::string> addresses) {
  if (attempt != attempt_ || state_ != state::resolving) return order::nothing;
  if (addresses.empty()) return close("the name has no address");
  addresses_ = std::move(addresses);
  next_address_ = 1;
  return connect_to(addresses_.front());
}

node_link::order node_link::not_resolved(unsigned attempt, std::string_view why) {
  return attempt == attempt_ && state_ == state::resolving ? close(why) : order::nothing;
}

void node_link::opened() {
  if (state_ == state::connecting) state_ = state::greeting;
}

node_link::order node_link::greeted(std::size_t n, reply_view answer) {
  if (state_ != state::greeting) return order::nothing;
  if (const auto refusal = hello_.check(n, answer)) return close(refusal->sentence);
  if (n + 1 < hello_.size()) return order::nothing;
  state_ = state::ready;
  backoff_.succeeded();
  addresses_.clear();  // looked up again when it is lost
  next_address_ = 0;
  return order::nothing;
}

node_link::order node_link::close(std::string_view why) {
  if (state_ == state::down || state_ == state::closing) return order::nothing;
  why_ = why;
  state_ = state::closing;
  return order::close;
}

void node_link::closed(std::string_view why, monotonic at) {
  if (state_ == state::down) return;
  why_ = "Redis at " + to_string(node()) + ": " + (state_ == state::closing ? why_ : std::string(why));
  state_ = state::down;
  if (next_address_ < addresses_.size()) {  // another address of the same name
    due_ = {};
    return;
  }
  due_ = at + backoff_.next();
  host_ = (host_ + 1) % hosts_.size();
  addresses_.clear();
  next_address_ = 0;
}

}  // namespace firstcome::redis
