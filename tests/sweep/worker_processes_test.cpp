#include "sweep/worker_processes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <numeric>
#include <set>
#include <thread>

#include <sys/mman.h>
#include <unistd.h>

namespace fusesim::sweep::test {
namespace {

Outcome squared(std::uint64_t number) {
  Outcome outcome;
  outcome.configuration = number;
  outcome.latency_us = static_cast<double>(number * number);
  outcome.seconds = 1e-4;
  return outcome;
}

std::vector<std::uint64_t> numbers_to(std::uint64_t end) {
  std::vector<std::uint64_t> numbers(end);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

std::map<std::uint64_t, Outcome> all_of(WorkerProcesses &workers) {
  std::map<std::uint64_t, Outcome> all;
  while (workers.outstanding() > 0)
    for (auto &outcome : workers.collect(100)) {
      const auto number = outcome.configuration;
      EXPECT_TRUE(all.emplace(number, std::move(outcome)).second) << number << " came twice";
    }
  return all;
}

TEST(WorkerProcesses, AnswerEverythingOnce) {
  for (const unsigned count : {1U, 2U, 5U}) {
    WorkerProcesses workers(count, squared);
    workers.give(numbers_to(500));
    const auto all = all_of(workers);
    ASSERT_EQ(all.size(), 500U);
    EXPECT_EQ(all.at(17).latency_us, 289);
  }
}

TEST(WorkerProcesses, AreOthersThanThisOne) {
  WorkerProcesses workers(2, [](std::uint64_t number) {
    auto outcome = squared(number);
    outcome.launches = static_cast<std::uint64_t>(::getpid());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return outcome;
  });
  workers.give(numbers_to(100));
  std::set<std::uint64_t> processes;
  for (const auto &[number, outcome] : all_of(workers))
    processes.insert(outcome.launches);
  EXPECT_EQ(processes.size(), 2U);
  EXPECT_FALSE(processes.contains(static_cast<std::uint64_t>(::getpid())));
}

TEST(WorkerProcesses, SurviveAConfigurationThatKills) {
  WorkerProcesses workers(2, [](std::uint64_t number) {
    if (number == 7 || number == 30)
      ::raise(number == 7 ? SIGKILL : SIGSEGV);
    return squared(number);
  });
  workers.give(numbers_to(60));
  const auto all = all_of(workers);
  ASSERT_EQ(all.size(), 60U);
  for (const auto &[number, outcome] : all)
    EXPECT_EQ(outcome.failed(), number == 7 || number == 30) << outcome.error;
  EXPECT_THAT(all.at(7).error, testing::HasSubstr("ended by signal 9"));
  EXPECT_THAT(all.at(30).error, testing::HasSubstr("2 times"));
}

// A process dies on 60 with results on their way and work that it has not taken. Those results count, so that 60 is what
// it is seen to have died on, twice, and nothing before it is blamed or done again.
TEST(WorkerProcesses, LoseNothingThatWasSentBeforeDeath) {
  constexpr std::size_t kNumbers = 300, kFatal = 60;
  auto *times = static_cast<std::atomic<int> *>(::mmap(nullptr, kNumbers * sizeof(std::atomic<int>),
                                                       PROT_READ | PROT_WRITE,
                                                       MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(times, MAP_FAILED);
  WorkerProcesses workers(2, [&](std::uint64_t number) {
    ++times[number];
    if (number == kFatal)
      ::raise(SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return squared(number);
  });
  workers.give(numbers_to(kNumbers));
  std::set<std::uint64_t> answered;
  while (!answered.contains(45)) // its process has been given more by now
    for (const auto &outcome : workers.collect(100))
      answered.insert(outcome.configuration);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  for (const auto &[number, outcome] : all_of(workers)) {
    EXPECT_EQ(outcome.failed(), number == kFatal) << number;
    answered.insert(number);
  }
  EXPECT_EQ(answered.size(), kNumbers);
  for (std::size_t number = 0; number <= kFatal; ++number)
    EXPECT_EQ(times[number], number == kFatal ? 2 : 1) << number;
  ::munmap(times, kNumbers * sizeof(std::atomic<int>));
}

TEST(WorkerProcesses, AreReplacedWhenSomebodyKillsThem) {
  WorkerProcesses workers(2, [](std::uint64_t number) {
    auto outcome = squared(number);
    outcome.launches = static_cast<std::uint64_t>(::getpid());
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return outcome;
  });
  workers.give(numbers_to(200));
  std::map<std::uint64_t, Outcome> all;
  bool killed = false;
  while (workers.outstanding() > 0)
    for (const auto &outcome : workers.collect(100)) {
      if (!killed)
        ::kill(static_cast<pid_t>(outcome.launches), SIGKILL);
      killed = true;
      EXPECT_FALSE(outcome.failed());
      EXPECT_TRUE(all.emplace(outcome.configuration, outcome).second);
    }
  EXPECT_EQ(all.size(), 200U);
}

TEST(WorkerProcesses, TellOfBugs) {
  WorkerProcesses workers(1, [](std::uint64_t number) -> Outcome {
    if (number == 1)
      throw std::logic_error("impossible");
    return squared(number);
  });
  workers.give(numbers_to(3));
  const auto all = all_of(workers);
  EXPECT_THAT(all.at(1).error, testing::HasSubstr("impossible"));
  EXPECT_FALSE(all.at(2).failed());
}

TEST(WorkerProcesses, GiveBackWhatNobodyHasStarted) {
  WorkerProcesses workers(1, [](std::uint64_t number) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return squared(number);
  });
  workers.give(numbers_to(1000));
  const auto back = workers.take_back();
  const auto answered = all_of(workers);
  EXPECT_EQ(back.size() + answered.size(), 1000U);
  EXPECT_LT(answered.size(), 10U);
}

TEST(WorkerProcesses, EndWithTheirOwner) {
  pid_t worker = 0;
  {
    WorkerProcesses workers(1, [](std::uint64_t number) {
      auto outcome = squared(number);
      outcome.launches = static_cast<std::uint64_t>(::getpid());
      return outcome;
    });
    workers.give(numbers_to(1));
    worker = static_cast<pid_t>(all_of(workers).at(0).launches);
    EXPECT_EQ(::kill(worker, 0), 0);
  }
  EXPECT_NE(::kill(worker, 0), 0);
}

} // namespace
} // namespace fusesim::sweep::test
