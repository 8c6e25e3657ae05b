#include "subprocess.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace fusesim::test {
namespace {

TEST(Startup, NeedsNoLibTorch) {
  // With this set, the dynamic loader lists what it would load and ends (ld.so(8)).
  const std::string loaded = run({}, {.environment = {{"LD_TRACE_LOADED_OBJECTS", "1"}}}).out;
  EXPECT_THAT(loaded, testing::HasSubstr("libc.so"));
  EXPECT_THAT(loaded, testing::Not(testing::HasSubstr("libtorch")));
  EXPECT_THAT(loaded, testing::Not(testing::HasSubstr("libc10")));
}

TEST(Startup, NeedsNoMpi) {
  const std::string loaded = run({}, {.environment = {{"LD_TRACE_LOADED_OBJECTS", "1"}}}).out;
  EXPECT_THAT(loaded, testing::Not(testing::HasSubstr("libmpi")));
  EXPECT_THAT(loaded, testing::Not(testing::HasSubstr("libboost_mpi")));
}

// The best of many runs is what the program needs; the others tell how busy the machine is.
TEST(Startup, TakesUnder30Milliseconds) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "sanitizers take longer";
#endif
  auto best = std::chrono::nanoseconds::max();
  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    ASSERT_EQ(run({"models"}).exit_code, 0);
    best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - start);
  }
  EXPECT_LT(best, std::chrono::milliseconds(30));
}

} // namespace
} // namespace fusesim::test
