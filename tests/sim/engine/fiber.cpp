#include "sim/engine/fiber.hpp"

#include <cxxabi.h>

#include <boost/context/fixedsize_stack.hpp>

#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace firstcome::sim {
namespace {

constexpr std::size_t stack_bytes = 256 << 10;

/// Stacks are used again: thousands of fibers live and die in a second.
class stack_pool {
 public:
  boost::context::stack_context allocate() {
    if (idle_.empty()) return boost::context::fixedsize_stack(stack_bytes).allocate();
    const boost::context::stack_context one = idle_.back();
    idle_.pop_back();
    return one;
  }
  void deallocate(const boost::context::stack_context& one) { idle_.push_back(one); }

  ~stack_pool() {
    for (auto& one : idle_) boost::context::fixedsize_stack(stack_bytes).deallocate(one);
  }

 private:
  std::vector<boost::context::stack_context> idle_;
};

stack_pool& stacks() {
  static stack_pool all;
  return all;
}

struct pooled_stack {
  boost::context::stack_context allocate() { return stacks().allocate(); }
  void deallocate(boost::context::stack_context& one) { stacks().deallocate(one); }
};

fiber* running = nullptr;

// AddressSanitizer has to be told of every change of stacks.
void leaves(void** fake_stack, const void* bottom, std::size_t size) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(fake_stack, bottom, size);
#else
  (void)fake_stack, (void)bottom, (void)size;
#endif
}
void arrives(void* fake_stack, const void** bottom_before, std::size_t* size_before) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake_stack, bottom_before, size_before);
#else
  (void)fake_stack, (void)bottom_before, (void)size_before;
#endif
}

}  // namespace

fiber::fiber(std::function<void()> body)
    : body_(std::move(body)),
      stack_(stacks().allocate()),
      self_(std::allocator_arg, boost::context::preallocated(stack_.sp, stack_.size, stack_), pooled_stack{},
            [this](boost::context::fiber&& from) { return main(std::move(from)); }) {}

fiber::~fiber() {
  kill();
}

boost::context::fiber fiber::main(boost::context::fiber&& from) {
  arrives(nullptr, &caller_stack_, &caller_stack_size_);
  caller_ = std::move(from);
  if (!killing_) {
    try {
      body_();
    } catch (const killed&) {
    } catch (...) {
      thrown_ = std::current_exception();
    }
  }
  body_ = nullptr;
  done_ = true;
  leaves(nullptr, caller_stack_, caller_stack_size_);
  return std::move(caller_);
}

void fiber::switch_to() {
  fiber* const outer = std::exchange(running, this);
  auto& of_thread = *reinterpret_cast<exception_state*>(abi::__cxa_get_globals());
  std::swap(of_thread, exceptions_);
  void* fake_stack = nullptr;
  leaves(&fake_stack, static_cast<const char*>(stack_.sp) - stack_.size, stack_.size);
  self_ = std::move(self_).resume();
  arrives(fake_stack, nullptr, nullptr);
  std::swap(of_thread, exceptions_);
  running = outer;
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void fiber::switch_back() {
  void* fake_stack = nullptr;
  leaves(&fake_stack, caller_stack_, caller_stack_size_);
  caller_ = std::move(caller_).resume();
  arrives(fake_stack, &caller_stack_, &caller_stack_size_);
  if (killing_) throw killed{};
}

void fiber::resume() {
  if (!done_) switch_to();
}

void fiber::kill() {
  killing_ = true;
  if (!done_) switch_to();
}

fiber* fiber::current() {
  return running;
}

void fiber::yield() {
  running->switch_back();
}

}  // namespace firstcome::sim
