// Sweeps under a real mpirun on this machine.
#include "expect.hpp"
#include "sweep_testing.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace fusesim::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class SweepMpiTest : public SweepTest {
protected:
  static RunOptions mpirun(const std::string &ranks, std::vector<std::string> more = {}) {
    RunOptions options;
    options.launcher = {"mpirun", "--oversubscribe", "-np", ranks};
    options.launcher.insert(options.launcher.end(), more.begin(), more.end());
    // Tests may run as root, in a container without network.
    options.environment = {{"OMPI_ALLOW_RUN_AS_ROOT", "1"},
                           {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
                           {"OMPI_MCA_btl_vader_single_copy_mechanism", "none"}};
    return options;
  }

  /// The process that runs this rank of this sweep; 0 while there is none. Workers are its children.
  static pid_t process_of(const std::string &rank, const std::string &results) {
    for (const auto pid : processes_with(results)) // the rank is older than its workers
      if (read_file("/proc/" + std::to_string(pid) + "/environ")
              .find(std::string(1, '\0') + "OMPI_COMM_WORLD_RANK=" + rank + '\0') !=
          std::string::npos)
        return pid;
    return 0;
  }

  /// Kills a rank once there are results.
  static std::thread killer(const std::string &rank, const std::string &results) {
    return std::thread([=] {
      for (int i = 0; i < 600; ++i) {
        std::error_code error;
        if (std::filesystem::file_size(results, error) > 100'000 && !error)
          break;
        std::this_thread::sleep_for(50ms);
      }
      if (const auto pid = process_of(rank, results); pid > 0)
        ::kill(pid, SIGKILL);
    });
  }
};

TEST_F(SweepMpiTest, GivesTheRowsOfOneProcess) {
  const auto sweep = sweep_of(20);
  const auto expected = undisturbed(sweep);
  for (const auto *ranks : {"1", "2", "4"}) {
    const auto results = folder_.path(std::string(ranks) + ".db");
    const auto outcome = run({"sweep", sweep, "-o", results, "--format", "csv"}, mpirun(ranks));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, expected) << ranks; // and said once, by rank 0 only
  }
}

TEST_F(SweepMpiTest, CombinesRanksAndWorkersAndShards) {
  const auto sweep = sweep_of(20);
  for (const auto *shard : {"1/2", "2/2"})
    ASSERT_EQ(run({"sweep", sweep, "-o", folder_.path(std::string(1, shard[0]) + ".db"), "-j", "2",
                   "--shard", shard},
                  mpirun("2"))
                  .exit_code,
              0);
  ASSERT_EQ(run({"sweep", "--merge", folder_.path("1.db"), folder_.path("2.db"), "-o",
                 folder_.path("all.db")})
                .exit_code,
            0);
  EXPECT_EQ(rows_of(sweep, folder_.path("all.db")), undisturbed(sweep));
}

TEST_F(SweepMpiTest, SaysWhatIsWrongWithTheFileOnce) {
  const auto sweep = folder_.write("s.yaml", "models: [resnet18]\ntargets: [t4]\nfield: 3\n");
  const auto outcome = run({"sweep", sweep, "-o", folder_.path("r.db")}, mpirun("3"));
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  const auto first = outcome.err.find("unknown key 'field'");
  ASSERT_NE(first, std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("unknown key 'field'", first + 1), std::string::npos);
}

// Open MPI can be told to go on without a rank: the others do its work.
TEST_F(SweepMpiTest, GoesOnWithoutALostRankAndNamesItsConfigurations) {
  const auto sweep = sweep_of(400), results = folder_.path("r.db");
  auto murder = killer("1", results);
  const auto outcome =
      run({"sweep", sweep, "-o", results, "--lost-after", "2"}, mpirun("3", {"--enable-recovery"}));
  murder.join();
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("rank 1 on "));
  EXPECT_THAT(outcome.err, HasSubstr("is lost with configurations "));
  EXPECT_EQ(rows_of(sweep, results), undisturbed(sweep));
}

// By default it ends everything when a rank is lost. Then the results so far are safe, and what was
// under way on which rank is said.
TEST_F(SweepMpiTest, KeepsItsResultsWhenMpirunEndsIt) {
  const auto sweep = sweep_of(400), results = folder_.path("r.db");
  auto murder = killer("1", results);
  const auto outcome = run({"sweep", sweep, "-o", results}, mpirun("3"));
  murder.join();
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, testing::ContainsRegex("rank 1 \\(.*\\) had configurations [0-9]"));
  EXPECT_THAT(outcome.err, HasSubstr("--resume"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("MPI_ABORT"))); // of which nobody was to hear
  EXPECT_EQ(rows_of(sweep, results), undisturbed(sweep));
}

} // namespace
} // namespace fusesim::test
