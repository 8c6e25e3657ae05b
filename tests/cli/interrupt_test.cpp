#include "subprocess.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace fusesim::test {
namespace {

using namespace std::chrono_literals;

// One event per task at this batch: many minutes of simulation, so that the signal always comes in its midst.
std::vector<std::string> long_run(const std::string &output) {
  return {"simulate", "resnet152", "--target", "t4", "--batch", "65536",
          "--exact",  "--format",  "json",     "-o", output};
}

TEST(Interrupt, EndsARunWithOneLineAndTheShellsExitCode) {
  const TemporaryFolder folder;
  const std::string file = folder.write("old.json", "old");
  const Outcome outcome =
      run(long_run(file), {.signal_after = 700ms, .signal = SIGINT, .timeout = 60s});
  EXPECT_EQ(outcome.exit_code, 128 + SIGINT);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "fusesim: interrupted\n");
  EXPECT_EQ(read_file(file), "old");
  EXPECT_THAT(folder.files(), testing::ElementsAre("old.json"));
}

} // namespace
} // namespace fusesim::test
