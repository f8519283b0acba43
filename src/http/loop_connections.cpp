#include "http/loop_connections.hpp"

#include "http/response.hpp"

namespace firstcome::http {

namespace {
constexpr std::chrono::milliseconds sweep_interval{100};  // how late a deadline may be noticed
}

loop_connections::loop_connections(event_loop& loop, application& app, const connection_limits& limits,
                                   const runtime::clock& clock, connection_counts& counts)
    : loop_(loop),
      executor_(loop.context().get_executor()),
      app_(app),
      limits_(limits),
      clock_(clock),
      counts_(counts),
      readiness_(loop.context()),
      timer_(loop.context()) {}

void loop_connections::start() {
  readiness_.start();
  tick();
}

void loop_connections::tick() {
  date_ = http_date(std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count());
  const monotonic now = clock_.monotonic_now();
  for_each([now](connection& one) { one.sweep(now); });
  if (draining_ && connections_.empty()) return readiness_.stop();
  timer_.expires_after(sweep_interval);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec) tick();
  });
}

void loop_connections::admit(client_socket socket, admission how) {
  if (draining_) {
    --counts_.connections;
    return;
  }
  if (how != admission::welcome && one_gives_way(idle_)) how = admission::welcome;
  if (how == admission::past_reserve && !one_gives_way(reserve_)) {
    --counts_.connections;
    return;
  }
  auto* client = new connection(std::move(socket), *this);
  connections_.push_back(*client);
  if (!readiness_.watch(client->descriptor(), *client)) return remove(*client);
  if (how == admission::welcome || how == admission::near_limit) {
    idle_.push_back(*client);
    client->start();
  } else {
    reserve_.push_back(*client);
    client->start_on_reserve();
  }
}

void loop_connections::note_idle(connection& one) {
  if (!one.yielding.is_linked()) idle_.push_back(one);
}

bool loop_connections::one_gives_way(yielding_list& of) {
  while (!of.empty())
    if (of.front().give_way()) return true;
  return false;
}

void loop_connections::drain() {
  draining_ = true;
  for_each([](connection& one) { one.drain(); });
}

void loop_connections::abort() {
  for_each([](connection& one) { one.abort(); });
}

// The function may destroy the connection that it is given, and no other.
template <class Function>
void loop_connections::for_each(Function function) {
  for (auto at = connections_.begin(); at != connections_.end();) function(*at++);
}

void loop_connections::remove(connection& closed) {
  connections_.erase_and_dispose(connections_.iterator_to(closed), std::default_delete<connection>());
  --counts_.connections;
}

}  // namespace firstcome::http
