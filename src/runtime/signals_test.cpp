#include "runtime/signals.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include "runtime/log.hpp"

namespace firstcome::runtime {
namespace {

/// Each in a process of its own: signals belong to the whole process.
using stop_signals_death_test = ::testing::TestWithParam<int>;

TEST_P(stop_signals_death_test, the_first_signal_calls_back_and_the_loop_can_end_in_peace) {
  auto node = [] {
    boost::asio::io_context loop;
    int heard = 0;
    stop_signals signals(loop.get_executor(), [&](int signal) {
      heard = signal;
      signals.cancel();
    });
    raise(GetParam());
    loop.run();
    _exit(heard == GetParam() ? 7 : 8);
  };
  EXPECT_EXIT(node(), ::testing::ExitedWithCode(7), "");
}

TEST_P(stop_signals_death_test, the_second_signal_ends_the_process_at_once) {
  auto node = [] {
    log::start({});
    boost::asio::io_context loop;
    stop_signals signals(loop.get_executor(), [](int signal) { raise(signal); });
    raise(GetParam());
    loop.run_for(std::chrono::seconds(20));
    _exit(8);
  };
  EXPECT_EXIT(node(), ::testing::ExitedWithCode(1), "second time");
}

INSTANTIATE_TEST_SUITE_P(each, stop_signals_death_test, ::testing::Values(SIGTERM, SIGINT, SIGHUP));

TEST(stop_signals_death_test, a_hang_up_is_left_alone_when_it_was_ignored_at_start) {
  auto node = [] {
    signal(SIGHUP, SIG_IGN);
    boost::asio::io_context loop;
    int heard = 0;
    stop_signals signals(loop.get_executor(), [&](int signal) {
      heard = signal;
      signals.cancel();
    });
    raise(SIGHUP);
    raise(SIGTERM);
    loop.run();
    _exit(heard == SIGTERM ? 7 : 8);
  };
  EXPECT_EXIT(node(), ::testing::ExitedWithCode(7), "");
}

TEST(broken_pipes, show_as_errors_of_the_write) {
  auto node = [] {
    ignore_broken_pipes();
    int ends[2];
    if (pipe(ends) != 0) _exit(8);
    close(ends[0]);
    const bool refused = ::write(ends[1], "x", 1) == -1 && errno == EPIPE;
    _exit(refused ? 7 : 8);
  };
  EXPECT_EXIT(node(), ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace firstcome::runtime
