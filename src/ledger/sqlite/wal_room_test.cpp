#include "ledger/sqlite/wal_room.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_directory.hpp"

namespace firstcome::ledger {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr std::int64_t room_bytes = 3 << 20;

TEST(wal_room, zeros_stand_behind_what_was_there) {
  const testing::temporary_directory folder;
  const std::filesystem::path wal = folder.path() / "wal";
  std::ofstream(wal) << "frames";
  make_wal_room(wal, room_bytes);
  std::string content;
  std::getline(std::ifstream(wal), content, '\1');
  EXPECT_EQ(content, "frames" + std::string(room_bytes - 6, '\0'));
}

TEST(wal_room, a_file_that_is_longer_already_keeps_its_length) {
  const testing::temporary_directory folder;
  const std::filesystem::path wal = folder.path() / "wal";
  std::ofstream(wal) << "frames";
  make_wal_room(wal, 3);
  EXPECT_EQ(std::filesystem::file_size(wal), 6u);
}

TEST(wal_room, a_file_that_is_not_there_is_not_made) {
  const testing::temporary_directory folder;
  EXPECT_NO_THROW(make_wal_room(folder.path() / "wal", room_bytes));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "wal"));
}

TEST(wal_room, a_sync_that_fails_is_a_failed_start_that_names_the_file) {
  // The kernel refuses to sync this device, as it would report a disk that failed.
  EXPECT_THAT([] { make_wal_room("/dev/null", 0); }, ThrowsMessage<std::runtime_error>(HasSubstr("/dev/null")));
}

}  // namespace
}  // namespace firstcome::ledger
