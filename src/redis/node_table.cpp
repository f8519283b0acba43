#include "redis/node_table.hpp"

#include <algorithm>

namespace firstcome::redis {
namespace {

using namespace std::chrono_literals;

constexpr auto map_interval = 100ms;  // while a fail-over goes on
constexpr auto silence_max = 1s;      // of a whole cluster, before the URL's names are looked up again

}  // namespace

node_table::node_table(const options& with, awaited is_awaited)
    : options_(with),
      hello_(with.at, with.wanted),
      is_awaited_(std::move(is_awaited)),
      configured_(with.at.cluster ? with.at.nodes.size() : 1) {
  if (!with.at.cluster)
    add(with.at.nodes);
  else
    for (const node_address& each : with.at.nodes) add({each});
}

std::size_t node_table::add(std::vector<node_address> hosts) {
  const auto seed = static_cast<std::uint32_t>(options_.seed + links_.size());
  links_.emplace_back(std::move(hosts), hello_, options_.connect_timeout, seed);
  return links_.size() - 1;
}

std::size_t node_table::find(const node_address& node) {
  for (std::size_t n = 0; n < links_.size(); ++n)
    if (links_[n].node() == node) return n;
  for (std::size_t n = configured_; n < links_.size(); ++n) {
    if (!is_idle(n)) continue;
    links_[n].reuse_for(node);
    return n;
  }
  return links_.size() < nodes_max ? add({node}) : nobody;
}

bool node_table::is_idle(std::size_t node) const {
  return links_[node].now() == node_link::state::down && !is_wanted(node);
}

std::size_t node_table::owner(int slot) {
  if (!options_.at.cluster) return 0;
  const node_address* const who = slots_ ? slots_->owner(slot) : nullptr;
  return who == nullptr ? nobody : find(*who);
}

bool node_table::is_wanted(std::size_t node) const {
  if (!slots_) return true;
  const auto& masters = slots_->masters();
  const node_address& who = links_[node].node();
  return std::find(masters.begin(), masters.end(), who) != masters.end() || is_awaited_(who);
}

bool node_table::all_connected() const {
  if (options_.at.cluster && !(slots_ && slots_->complete())) return false;
  for (std::size_t n = 0; n < links_.size(); ++n)
    if (!links_[n].ready() && is_wanted(n)) return false;
  return true;
}

void node_table::moved(int slot, const node_address& to) {
  if (slots_) slots_->move(slot, to);
  doubted_ = true;
}

std::optional<std::size_t> node_table::ask_for_the_map(monotonic at) {
  if (!options_.at.cluster || at < map_due_) return std::nullopt;
  if (!doubted_ && all_connected()) return std::nullopt;
  map_due_ = at + map_interval;
  for (std::size_t n = 0; n < links_.size(); ++n) {
    const std::size_t next = next_to_ask_++ % links_.size();
    if (links_[next].ready()) return next;
  }
  return std::nullopt;
}

bool node_table::learn(reply_view slots, std::size_t from) {
  auto map = slot_map::from_reply(slots, links_[from].node());
  if (!map || map->masters().size() > nodes_max / 2) return false;
  doubted_ = !map->complete();
  slots_ = std::move(map);
  for (std::size_t n = 0; n < slots_->masters().size(); ++n) find(slots_->masters()[n]);
  return true;
}

void node_table::forget_a_silent_cluster(monotonic at) {
  const bool anybody = std::any_of(links_.begin(), links_.end(), [](const node_link& one) { return one.ready(); });
  if (anybody || !slots_) silent_since_ = at;
  if (!options_.at.cluster || at - silent_since_ < silence_max) return;
  slots_.reset();
  doubted_ = true;
}

}  // namespace firstcome::redis
