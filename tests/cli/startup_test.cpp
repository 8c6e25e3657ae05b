#include "subprocess.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace fusesim::test {
namespace {

TEST(Startup, NeedsNoLibTorch) {
  // The dynamic section of the executable names what is loaded at start.
  EXPECT_EQ(read_file(FUSESIM_EXECUTABLE).find("libtorch"), std::string::npos);
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
