#include "support/workers.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <stdexcept>
#include <thread>

#include <unistd.h>

namespace fusesim {
namespace {

std::map<std::size_t, std::string> answers_of(std::size_t count, unsigned jobs,
                                              const std::function<std::string(std::size_t)> &work) {
  std::map<std::size_t, std::string> answers;
  run_in_workers({count, jobs, "test", work, [&](std::size_t index, std::string answer) {
                    EXPECT_TRUE(answers.emplace(index, std::move(answer)).second) << index;
                  }});
  return answers;
}

TEST(Workers, AnswerEveryPieceOnce) {
  for (const unsigned jobs : {1U, 2U, 7U, 50U}) {
    const auto answers = answers_of(20, jobs, [](std::size_t i) { return std::string(i, 'x'); });
    ASSERT_EQ(answers.size(), 20U);
    for (const auto &[index, answer] : answers)
      EXPECT_EQ(answer.size(), index);
  }
}

TEST(Workers, PassAnswersOfAnySize) {
  constexpr std::size_t kBytes = 1'000'000; // more than a pipe holds
  const auto answers =
      answers_of(4, 2, [](std::size_t i) { return std::string(kBytes, static_cast<char>(i)); });
  for (const auto &[index, answer] : answers)
    EXPECT_EQ(answer, std::string(kBytes, static_cast<char>(index)));
}

TEST(Workers, ThatDieLoseOnlyTheirPiece) {
  const auto answers = answers_of(10, 3, [](std::size_t i) {
    if (i == 4)
      std::_Exit(9);
    if (i == 6)
      throw std::runtime_error("too hard");
    return std::to_string(i);
  });
  EXPECT_EQ(answers.size(), 8U);
  EXPECT_FALSE(answers.contains(4));
  EXPECT_FALSE(answers.contains(6));
}

// The first piece takes as long as all others together: who is free takes the next.
TEST(Workers, ShareWorkAsTheyFinish) {
  const auto answers = answers_of(9, 2, [](std::size_t i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(i == 0 ? 400 : 10));
    return std::to_string(::getpid());
  });
  std::map<std::string, int> pieces;
  for (const auto &[index, worker] : answers)
    ++pieces[worker];
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[answers.at(0)], 1);
}

} // namespace
} // namespace fusesim
