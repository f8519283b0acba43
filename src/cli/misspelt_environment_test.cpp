#include "cli/misspelt_environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace firstcome::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using names = std::vector<std::string>;

const names known{"FIRSTCOME_LISTEN",   "FIRSTCOME_THREADS",   "FIRSTCOME_ADMIN_TOKEN",
                  "FIRSTCOME_DATA_DIR", "FIRSTCOME_PORT_FILE", "FIRSTCOME_URL"};

TEST(misspelt_environment, names_the_setting_that_was_meant) {
  EXPECT_THAT(misspelt_in(names{"FIRSTCOME_TREADS", "FIRSTCOME_DATADIR"}, known),
              ElementsAre(AllOf(HasSubstr("FIRSTCOME_TREADS "), HasSubstr("FIRSTCOME_THREADS?")),
                          AllOf(HasSubstr("FIRSTCOME_DATADIR "), HasSubstr("FIRSTCOME_DATA_DIR?"))));
}

TEST(misspelt_environment, is_silent_on_settings_and_on_the_variables_of_others) {
  EXPECT_THAT(misspelt_in(known, known), IsEmpty());
  // Kubernetes' own, beside a service that is called firstcome; other programs'; and what is like nothing.
  EXPECT_THAT(
      misspelt_in(names{"FIRSTCOME_PORT", "FIRSTCOME_PORT_8080_TCP_ADDR", "FIRSTCOME_SERVICE_HOST", "TREADS",
                        "FIRSTCOME_NO_INSTALL", "FIRSTCOME_LOAD_NODES", "FIRSTCOME_ZEBRA", "FIRSTCOME_", "PATH"},
                  known),
      IsEmpty());
}

}  // namespace
}  // namespace firstcome::cli
