#include "expect.hpp"

#include <gtest/gtest.h>

namespace fusesim::test {
namespace {

TEST(Usage, SuggestsTheNearestCommand) {
  expect_refusal({"simulat", "resnet50"}, kUsage, {"unknown command 'simulat'", "'simulate'"});
}

TEST(Usage, SuggestsTheNearestOptionEvenWhenARequiredOneIsMissingForIt) {
  expect_refusal({"simulate", "resnet50", "--targt", "t4"}, kUsage,
                 {"unknown option '--targt'", "'--target'", "fusesim simulate --help"});
}

TEST(Usage, AsksForACommand) { expect_refusal({}, kUsage, {"a command is missing", "simulate"}); }

TEST(Usage, AsksForARequiredOption) {
  expect_refusal({"simulate", "resnet50"}, kUsage, {"--target is required"});
}

TEST(Usage, RefusesValuesOfTheWrongForm) {
  expect_refusal({"models", "--format", "xml"}, kUsage, {"--format", "xml", "json"});
  expect_refusal({"simulate", "resnet50", "--target", "t4", "--batch", "many"}, kUsage,
                 {"--batch", "many"});
  expect_refusal({"targets", "--keys", "cpu"}, kUsage, {"--keys", "cpu", "gpu"});
}

TEST(Usage, RefusesArgumentsThatItWouldIgnore) {
  expect_refusal({"simulate", "resnet50", "vgg16", "--target", "t4"}, kUsage,
                 {"unexpected argument 'vgg16'"});
  expect_refusal({"partition", "resnet18", "--compare", "--dot", "x"}, kUsage,
                 {"--dot", "--compare"});
  expect_refusal({"simulate", "resnet50", "--target", "t4", "--batch", "1", "--batch", "2"}, kUsage,
                 {"--batch"});
}

} // namespace
} // namespace fusesim::test
