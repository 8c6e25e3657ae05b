#include "claims/measurements.hpp"

#include "claims_testing.hpp"

namespace fusesim::claims {
namespace {

using test::judged;
using test::TemporaryFile;

constexpr const char *kHeader =
    "model,gpu,precision,runtime,batch,image_size,latency_ms,note,source\n";

constexpr const char *kRatio =
    "    model: resnet18\n"
    "    target: t4\n"
    "    dtype: f16\n"
    "    runs: {eager: {runtime: pytorch-eager}, engine: {runtime: tensorrt}}\n"
    "    value: eager.latency_us / engine.latency_us\n"
    "    claimed: 3 x\n";

Outcome judged_beside(const std::string &rows, const std::string &claim = kRatio) {
  const TemporaryFile file("rows.csv", kHeader + rows);
  return judged(claim, Measurements(std::vector{file.path()}));
}

TEST(Measurements, GiveTheSameRatio) {
  const auto outcome = judged_beside("resnet18,t4,f16,pytorch-eager,1,224,6,,table\n"
                                     "resnet18,t4,f16,tensorrt,1,224,2,,table\n");
  ASSERT_EQ(outcome.measured.size(), 1U);
  EXPECT_DOUBLE_EQ(outcome.measured[0].value, 3);
  EXPECT_TRUE(outcome.measured[0].holds);
  EXPECT_EQ(outcome.measured[0].source, "table");
}

TEST(Measurements, AreOfOtherRunsNotTaken) {
  for (const auto *other :
       {"resnet18,t4,f16,tensorrt,2,224,2,,table\n", "resnet18,t4,f32,tensorrt,1,224,2,,table\n",
        "resnet18,v100-sxm2-16gb,f16,tensorrt,1,224,2,,table\n",
        "resnet18,t4,f16,aitemplate,1,224,2,,table\n", "resnet34,t4,f16,tensorrt,1,224,2,,table\n",
        "resnet18,t4,f16,tensorrt,1,288,2,,table\n",
        "resnet18,t4,f16,tensorrt,1,224,2,nhwc,table\n",
        "resnet18,t4,f16,tensorrt,1,224,2,,another table\n"})
    EXPECT_TRUE(judged_beside(std::string("resnet18,t4,f16,pytorch-eager,1,224,6,,table\n") + other)
                    .measured.empty())
        << other;
}

TEST(Measurements, OfOneNoteBelongTogether) {
  const auto outcome = judged_beside("resnet18,t4,f16,pytorch-eager,1,224,6,torch 1,table\n"
                                     "resnet18,t4,f16,pytorch-eager,1,224,8,torch 2,table\n"
                                     "resnet18,t4,f16,tensorrt,1,224,2,torch 2,table\n");
  ASSERT_EQ(outcome.measured.size(), 1U);
  EXPECT_DOUBLE_EQ(outcome.measured[0].value, 4);
  EXPECT_FALSE(outcome.measured[0].holds);
}

TEST(Measurements, OfOneSourceDoWhereNotesDiffer) {
  const auto outcome = judged_beside("resnet18,t4,f16,pytorch-eager,1,224,6,torch 1,table\n"
                                     "resnet18,t4,f16,tensorrt,1,224,2,8.5,table\n");
  ASSERT_EQ(outcome.measured.size(), 1U);
  EXPECT_DOUBLE_EQ(outcome.measured[0].value, 3);
}

TEST(Measurements, FollowTheParameter) {
  auto claim = std::string(kRatio) + "    vary: {batch: [1, 2, 4]}\n";
  const auto outcome = judged_beside("resnet18,t4,f16,pytorch-eager,4,224,6,,table\n"
                                     "resnet18,t4,f16,tensorrt,4,224,4,,table\n",
                                     claim);
  EXPECT_TRUE(outcome.measured.empty()); // at batch 1
  ASSERT_EQ(outcome.curves.at(0).points.size(), 3U);
  EXPECT_FALSE(outcome.curves[0].points[0].measured);
  EXPECT_DOUBLE_EQ(outcome.curves[0].points[2].measured.value(), 1.5);
}

// Nobody measured a machine that was changed, or figures other than latency.
TEST(Measurements, AreOnlyOfLatenciesAndShippedMachines) {
  const auto rows = "resnet18,t4,f16,pytorch-eager,1,224,6,,table\n"
                    "resnet18,t4,f16,tensorrt,1,224,2,,table\n";
  auto set = std::string(kRatio);
  EXPECT_TRUE(judged_beside(rows, set + "    set: {launch_us: 1}\n").measured.empty());
  EXPECT_FALSE(judged_beside(rows, set).measured.empty());
  auto launches = set;
  launches.replace(launches.find("eager.latency_us / "), 18, "eager.launches   /");
  EXPECT_TRUE(judged_beside(rows, launches).measured.empty());
}

} // namespace
} // namespace fusesim::claims
