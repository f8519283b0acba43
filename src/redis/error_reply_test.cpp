#include "redis/error_reply.hpp"

#include <gtest/gtest.h>

namespace firstcome::redis {
namespace {

const node_address node_asked{"10.0.0.9", 7000};

TEST(error_reply, is_known_by_its_first_word) {
  EXPECT_EQ(kind_of("MOVED 3999 127.0.0.1:6381"), error_kind::moved);
  EXPECT_EQ(kind_of("ASK 3999 127.0.0.1:6381"), error_kind::ask);
  EXPECT_EQ(kind_of("TRYAGAIN Multiple keys request during rehashing of slot"), error_kind::try_again);
  EXPECT_EQ(kind_of("CLUSTERDOWN Hash slot not served"), error_kind::cluster_down);
  EXPECT_EQ(kind_of("LOADING Redis is loading the dataset in memory"), error_kind::loading);
  EXPECT_EQ(kind_of("READONLY You can't write against a read only replica."), error_kind::read_only);
  EXPECT_EQ(kind_of("NOSCRIPT No matching script."), error_kind::no_script);
  EXPECT_EQ(kind_of("OOM command not allowed when used memory > 'maxmemory'."), error_kind::refused);
  EXPECT_EQ(kind_of("MISCONF Errors writing to the AOF file"), error_kind::refused);
  EXPECT_EQ(kind_of("NOREPLICAS Not enough good replicas to write."), error_kind::refused);
}

TEST(error_reply, leaves_open_what_happened_when_nothing_is_known_of_it) {
  for (const char* error : {"ERR user_script:1: attempt to index a nil value", "WRONGTYPE Operation against a key", "",
                            "MOVEDISH", "OOMPH"}) {
    EXPECT_EQ(kind_of(error), error_kind::perhaps_executed) << error;
    EXPECT_FALSE(surely_not_executed(kind_of(error))) << error;
  }
}

TEST(redirection, names_slot_and_node) {
  const auto moved = redirection_of("MOVED 3999 127.0.0.1:6381", node_asked);
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->slot, 3999);
  EXPECT_EQ(moved->to, (node_address{"127.0.0.1", 6381}));
  EXPECT_EQ(redirection_of("ASK 0 ::1:6381", node_asked)->to, (node_address{"::1", 6381}));
}

TEST(redirection, without_a_host_stays_on_the_host_that_was_asked) {
  EXPECT_EQ(redirection_of("MOVED 1 :6381", node_asked)->to, (node_address{"10.0.0.9", 6381}));
}

TEST(redirection, is_refused_when_it_cannot_be_read) {
  for (const char* error : {"MOVED", "MOVED 1", "MOVED x 127.0.0.1:1", "MOVED 16384 127.0.0.1:1", "MOVED -1 h:1",
                            "MOVED 1 h", "MOVED 1 h:0", "MOVED 1 h:65536", "MOVED 1 h:"})
    EXPECT_FALSE(redirection_of(error, node_asked)) << error;
}

}  // namespace
}  // namespace firstcome::redis
