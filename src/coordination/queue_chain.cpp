#include "coordination/queue_chain.hpp"

namespace firstcome::coordination {
namespace {

using std::to_string;

class chain_builder {
 public:
  explicit chain_builder(sequence_number last_sequence) : next_(last_sequence + 1) {}

  void add(const queue::queue_entry& entry) {
    if (chain_.broken) return;
    if (!entry.what) return add_damaged(entry);
    const sequence_number first = entry.what->first;
    if (first < next_) return breaks(entry.at + " begins with " + to_string(first) + ", which was given before");
    if (damaged_) end_damaged(first - 1);
    if (first != next_)
      return breaks(entry.at + " begins with " + to_string(first) + " and not with " + to_string(next_));
    chain_.stretches.push_back({entry.at, first, entry.what->last(), &*entry.what, ""});
    next_ = entry.what->last() + 1;
  }

  queue_chain end(sequence_number gate_size, bool whole) {
    if (damaged_ && whole) end_damaged(gate_size);
    const bool reaches = whole ? gate_size == next_ - 1 : gate_size >= next_ - 1;
    if (!chain_.broken && !reaches)
      breaks("the gate has let in " + to_string(gate_size) + ", and its queue ends at " + to_string(next_ - 1));
    return std::move(chain_);
  }

 private:
  void add_damaged(const queue::queue_entry& entry) {
    if (!damaged_) damaged_ = queue_stretch{entry.at, next_, next_ - 1, nullptr, entry.why_not};
    damaged_->upto = entry.at;
  }

  void end_damaged(sequence_number last) {
    damaged_->last = last;
    next_ = std::max(next_, last + 1);
    chain_.stretches.push_back(*std::move(damaged_));
    damaged_.reset();
  }

  void breaks(std::string why) { chain_.broken = std::move(why); }

  sequence_number next_;
  std::optional<queue_stretch> damaged_;
  queue_chain chain_;
};

}  // namespace

queue_chain chain_after(sequence_number last_sequence, const gate::queue_view& view, bool whole) {
  chain_builder chain(last_sequence);
  for (const queue::queue_entry& entry : view.entries) chain.add(entry);
  return chain.end(view.gate.size, whole);
}

}  // namespace firstcome::coordination
