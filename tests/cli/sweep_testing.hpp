#pragma once

#include "subprocess.hpp"
#include "test_paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

#include <sys/types.h>

namespace fusesim::test {

inline const std::string kSweeps = FUSESIM_SOURCE_DIR "/configs/sweeps/";

/// Processes whose command line has this text, oldest first: a sweep of these results, then its
/// workers.
inline std::vector<pid_t> processes_with(const std::string &text) {
  std::vector<pid_t> found;
  for (const auto &entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") == std::string::npos &&
        read_file(entry.path() / "cmdline").find(text) != std::string::npos)
      found.push_back(static_cast<pid_t>(std::stol(name)));
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// A sweep's file over ResNet-18 on a T4, and its results as text.
class SweepTest : public testing::Test {
protected:
  /// `count` launch costs x 10 sizes of L2.
  std::string sweep_of(int count) const {
    return folder_.write("s.yaml",
                         "models: [resnet18]\ntargets: [t4]\nstrategies: [unfused, fused]\n"
                         "fields:\n  l2_mib: {linear: [1, 10], count: 10}\n"
                         "  launch_us: {linear: [0, 20], count: " +
                             std::to_string(count) + "}\n");
  }

  /// All rows of a file of results, as CSV; of a finished sweep.
  std::string rows_of(const std::string &sweep, const std::string &results) const {
    const auto outcome = run({"sweep", sweep, "-o", results, "--resume", "--format", "csv"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out;
  }

  /// The rows of the sweep when nothing happens to it.
  std::string undisturbed(const std::string &sweep) const {
    return rows_of(sweep, folder_.path("undisturbed.db"));
  }

  TemporaryFolder folder_;
};

} // namespace fusesim::test
