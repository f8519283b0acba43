#pragma once

// A course of action with a stack of its own, which can stand still in the middle of a call and go on later: plain code
// that waits becomes a part of the simulation without a thread. One that is killed is unwound by an exception that only
// the fiber itself catches.
//
// Thread safety: one thread for all fibers.

#include <boost/context/fiber.hpp>

#include <exception>
#include <functional>

namespace firstcome::sim {

class fiber {
 public:
  explicit fiber(std::function<void()> body);
  ~fiber();  // kills
  fiber(const fiber&) = delete;
  fiber& operator=(const fiber&) = delete;

  /// Goes on until it yields or ends; what its body throws comes out here. Not from inside itself.
  void resume();
  /// Unwinds its stack: what it was doing never comes to its end. Not from inside itself.
  void kill();
  bool done() const { return done_; }

  /// The one that is running; null: none.
  static fiber* current();
  /// Lets whoever resumed the current one go on.
  static void yield();

 private:
  struct killed {};
  /// What the C++ runtime keeps for a thread (Itanium C++ ABI, __cxa_eh_globals) and belongs to a stack: the exceptions
  /// that are being handled on it.
  struct exception_state {
    void* caught = nullptr;
    unsigned int uncaught = 0;
  };
  void switch_to();
  void switch_back();
  boost::context::fiber main(boost::context::fiber&& from);

  std::function<void()> body_;
  boost::context::stack_context stack_;
  exception_state exceptions_;          // of whoever does not run
  const void* caller_stack_ = nullptr;  // for AddressSanitizer
  std::size_t caller_stack_size_ = 0;
  boost::context::fiber self_;    // where to go on; empty while it runs
  boost::context::fiber caller_;  // who resumed it
  std::exception_ptr thrown_;
  bool killing_ = false;
  bool done_ = false;
};

}  // namespace firstcome::sim
