// What happens to a sweep that is ended from outside, at whatever moment.
#include "sweep_testing.hpp"

#include <csignal>
#include <random>
#include <thread>

namespace fusesim::test {
namespace {

using namespace std::chrono_literals;

// Killed again and again at random moments, from reading the file to writing the last rows; then
// every configuration has exactly the row that an undisturbed sweep gives it.
TEST_F(SweepTest, LosesAndDoublesNothingWhenItIsKilled) {
  const auto sweep = sweep_of(150), results = folder_.path("r.db");
  const auto expected = undisturbed(sweep);
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> moment(0, 2500);
  int kills = 0;
  for (bool done = false; !done && kills < 40;) {
    const auto outcome =
        run({"sweep", sweep, "-o", results, "--resume", "-j", "2"},
            {.signal_after = std::chrono::milliseconds(moment(random)), .signal = SIGKILL});
    done = outcome.exit_code == 0;
    kills += done ? 0 : 1;
    ASSERT_TRUE(done || outcome.exit_code == 128 + SIGKILL) << outcome.err;
  }
  RecordProperty("kills", kills);
  EXPECT_EQ(rows_of(sweep, results), expected);
}

TEST_F(SweepTest, EndsCleanlyOnCtrlCAndSaysHowToGoOn) {
  const auto sweep = sweep_of(500), results = folder_.path("r.db");
  const auto outcome = run({"sweep", sweep, "-o", results, "-j", "2"},
                           {.signal_after = 1500ms, .signal = SIGINT, .timeout = 60s});
  EXPECT_EQ(outcome.exit_code, 128 + SIGINT);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, testing::HasSubstr("of 10000 configurations are in " + results));
  EXPECT_THAT(outcome.err, testing::HasSubstr("continue with: fusesim sweep " + sweep + " -o " +
                                              results + " --resume"));
  // Nothing is left half done: no journal beside the results.
  EXPECT_THAT(folder_.files(), testing::ElementsAre("r.db", "s.yaml"));
}

// As batch systems end a job whose time is over.
TEST_F(SweepTest, EndsAsCleanlyOnSigterm) {
  const auto sweep = sweep_of(500), results = folder_.path("r.db");
  const auto outcome = run({"sweep", sweep, "-o", results, "-j", "2"},
                           {.signal_after = 1500ms, .signal = SIGTERM, .timeout = 60s});
  EXPECT_EQ(outcome.exit_code, 128 + SIGTERM);
  EXPECT_THAT(outcome.err, testing::HasSubstr(" --resume\n"));
  EXPECT_THAT(folder_.files(), testing::ElementsAre("r.db", "s.yaml"));
}

// The first Ctrl-C waits for what is under way, here forever; who cannot wait still learns how to go
// on.
TEST_F(SweepTest, EndsAtOnceOnASecondCtrlCAndSaysHowToGoOn) {
  const auto sweep = sweep_of(500), results = folder_.path("r.db");
  std::thread impatience([&] {
    std::this_thread::sleep_for(1500ms);
    const auto processes = processes_with(results);
    ASSERT_GE(processes.size(), 2U); // with a worker
    for (std::size_t i = 1; i < processes.size(); ++i)
      ::kill(processes[i], SIGSTOP);
    for (int i = 0; i < 2; ++i) {
      ::kill(processes.front(), SIGINT);
      std::this_thread::sleep_for(500ms);
    }
  });
  const auto outcome = run({"sweep", sweep, "-o", results, "-j", "1"}, {.timeout = 15s});
  impatience.join();
  EXPECT_EQ(outcome.exit_code, 128 + SIGINT);
  EXPECT_THAT(outcome.err, testing::HasSubstr("fusesim: interrupted\n"));
  EXPECT_THAT(outcome.err, testing::HasSubstr("continue with: fusesim sweep " + sweep + " -o " +
                                              results + " --resume"));
}

TEST_F(SweepTest, QuotesTheCommandThatGoesOnForAShell) {
  const auto sweep = sweep_of(500), results = folder_.path("it's mine.db");
  const auto outcome = run({"sweep", sweep, "-o", results, "-j", "2"},
                           {.signal_after = 1500ms, .signal = SIGINT, .timeout = 60s});
  EXPECT_THAT(outcome.err,
              testing::HasSubstr(" -o '" + folder_.path("it'\\''s mine.db") + "' --resume"));
}

// The best is of the whole sweep, whichever run found it.
TEST_F(SweepTest, KnowsTheBestOfEarlierRuns) {
  const auto sweep = sweep_of(5), results = folder_.path("r.db");
  const auto best = [](const std::string &text) {
    const auto at = text.find("best latency");
    return at == std::string::npos ? text : text.substr(at, text.find('\n', at) - at);
  };
  const auto first = run({"sweep", sweep, "-o", results});
  const auto again = run({"sweep", sweep, "-o", results, "--resume"});
  EXPECT_THAT(again.out, testing::HasSubstr("none; all were there"));
  EXPECT_THAT(best(first.out), testing::HasSubstr("launch_us 0")); // of 0 to 20
  EXPECT_EQ(best(again.out), best(first.out));
}

TEST_F(SweepTest, GoesOnWhereItWasInterrupted) {
  const auto sweep = sweep_of(60), results = folder_.path("r.db");
  const auto expected = undisturbed(sweep);
  run({"sweep", sweep, "-o", results, "-j", "2"}, {.signal_after = 500ms, .signal = SIGINT});
  const auto outcome = run({"sweep", sweep, "-o", results, "--resume"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(rows_of(sweep, results), expected);
}

} // namespace
} // namespace fusesim::test
