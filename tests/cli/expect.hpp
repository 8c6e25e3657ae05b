#pragma once

#include "subprocess.hpp"

#include <gmock/gmock.h>

namespace fusesim::test {

/// Wrong input: exit code 1 (usage: 2), nothing on stdout, one line on stderr that says fusesim and holds every one
/// of `parts`.
inline void expect_refusal(const std::vector<std::string> &arguments, int exit_code,
                           const std::vector<std::string> &parts, const RunOptions &options = {}) {
  const Outcome outcome = run(arguments, options);
  SCOPED_TRACE("fusesim " + testing::PrintToString(arguments));
  EXPECT_EQ(outcome.exit_code, exit_code);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, testing::StartsWith("fusesim: "));
  EXPECT_EQ(count_lines(outcome.err), 1u) << outcome.err;
  for (const std::string &part : parts)
    EXPECT_THAT(outcome.err, testing::HasSubstr(part));
}

inline constexpr int kWrongInput = 1, kUsage = 2;

} // namespace fusesim::test
