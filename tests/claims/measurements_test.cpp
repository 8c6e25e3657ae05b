#include "claims/measurements.hpp"

#include "claims_testing.hpp"

#include <algorithm>

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

// A claim says that linears copied their biases; the rows of the same table that did stand beside it.
TEST(Measurements, OfCopiedBiasesBelongToClaimsOfThem) {
  const auto *rows = "resnet18,t4,f16,pytorch-eager,1,224,6,PyTorch 1.10: bias copied,table\n"
                     "resnet18,t4,f16,tensorrt,1,224,2,,table\n";
  EXPECT_TRUE(judged_beside(rows).measured.empty());
  const auto outcome = judged_beside(rows, std::string("    copies_linear_bias: true\n") + kRatio);
  ASSERT_EQ(outcome.measured.size(), 1U);
  EXPECT_DOUBLE_EQ(outcome.measured[0].value, 3);
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
  EXPECT_TRUE(outcome.curves[0].points[0].measured.empty());
  EXPECT_DOUBLE_EQ(outcome.curves[0].points[2].measured.at(0).value, 1.5);
  EXPECT_FALSE(outcome.curves[0].points[2].measured[0].holds); // 3 x is claimed
}

// 8 lies between 7 and 9.
TEST(Measurements, AreLookedUpAtEveryBatchOfARange) {
  auto claim = std::string(kRatio) + "    vary: {batch: {from: 1, to: 16, points: 2}}\n";
  const auto outcome = judged_beside("resnet18,t4,f16,pytorch-eager,8,224,6,,table\n"
                                     "resnet18,t4,f16,tensorrt,8,224,2,,table\n",
                                     claim);
  const auto &points = outcome.curves.at(0).points;
  const auto eight = std::ranges::find(points, 8.0, &CurvePoint::x);
  ASSERT_NE(eight, points.end());
  ASSERT_EQ(eight->measured.size(), 1U);
  EXPECT_DOUBLE_EQ(eight->measured[0].value, 3);
  EXPECT_TRUE(eight->measured[0].holds);
}

constexpr const char *kLaunches =
    "quantity,gpu,value_us,definition,source\n"
    "\"CUDA graph device run time, 100 nodes\",Ampere,61 -> 53,per node,blog\n"
    "\"CUDA graph device run time, 1025 nodes\",Ampere,629 -> 567,per node,idem\n"
    "\"null kernel, sync each\",A100,9.65,wall,bench\n"
    "\"null kernel, async back-to-back\",A100,2.7,per launch,idem\n"
    "EfficientNet-b5 bs1 eager,A100,17839 total / 583 operators,dispatch,thread\n";

std::vector<MeasuredOutcome> of_launches(const std::string &claim) {
  const TemporaryFile file("launches.csv", kLaunches);
  return judged("    target: a100-sxm-40gb\n" + claim, Measurements(std::vector{file.path()}))
      .measured;
}

TEST(Measurements, OfEmptyKernelsStandBesideAsMany) {
  const auto graph = of_launches("    runs: {graph: {runtime: cuda-graph, empty_kernels: 100}}\n"
                                 "    value: graph.device_us / graph.launches\n"
                                 "    claimed: 0.53 us\n");
  ASSERT_EQ(graph.size(), 1U);
  EXPECT_DOUBLE_EQ(graph[0].value, 0.53);
  const auto longer = of_launches("    runs: {graph: {runtime: cuda-graph, empty_kernels: 1025}}\n"
                                  "    value: graph.device_us\n    claimed: 1 us\n");
  ASSERT_EQ(longer.size(), 1U);
  EXPECT_DOUBLE_EQ(longer[0].value, 567);
  EXPECT_EQ(longer[0].source, "blog"); // "idem" is the row above
  EXPECT_TRUE(of_launches("    runs: {graph: {runtime: cuda-graph, empty_kernels: 101}}\n"
                          "    value: graph.device_us\n    claimed: 1 us\n")
                  .empty());
}

TEST(Measurements, OfLaunchesAreOfTheFigureThatWasMeasured) {
  const std::string eager = "    runs: {one: {runtime: pytorch-eager, empty_kernels: ";
  const auto one = of_launches(eager + "1}}\n    value: one.latency_us\n    claimed: 1 us\n");
  ASSERT_EQ(one.size(), 1U);
  EXPECT_DOUBLE_EQ(one[0].value, 9.65);
  const auto many =
      of_launches(eager + "500}}\n    value: one.launch_interval_us\n    claimed: 1 us\n");
  ASSERT_EQ(many.size(), 1U);
  EXPECT_DOUBLE_EQ(many[0].value, 2.7);
  for (const auto *other : {"500}}\n    value: one.latency_us", "2}}\n    value: one.latency_us",
                            "1, set: {launch_us: 3}}}\n    value: one.latency_us"})
    EXPECT_TRUE(of_launches(eager + other + "\n    claimed: 1 us\n").empty()) << other;
}

TEST(Measurements, OfANetworkMayStandAmongLaunches) {
  const auto network = of_launches("    model: efficientnet_b5\n    dtype: f32\n"
                                   "    runs: {eager: {runtime: pytorch-eager}}\n"
                                   "    value: eager.latency_us\n    claimed: 17.8 ms\n");
  ASSERT_EQ(network.size(), 1U);
  EXPECT_DOUBLE_EQ(network[0].value, 17839);
  EXPECT_TRUE(network[0].holds);
}

// Nobody measured a machine that was changed, or figures other than latency.
TEST(Measurements, AreOnlyOfLatenciesAndShippedMachines) {
  const auto rows = "resnet18,t4,f16,pytorch-eager,1,224,6,,table\n"
                    "resnet18,t4,f16,tensorrt,1,224,2,,table\n";
  auto set = std::string(kRatio);
  EXPECT_TRUE(judged_beside(rows, set + "    set: {launch_us: 1}\n").measured.empty());
  EXPECT_FALSE(judged_beside(rows, set).measured.empty());
  auto launches = set;
  const std::string latencies = "eager.latency_us / engine.latency_us";
  launches.replace(launches.find(latencies), latencies.size(), "eager.launches / engine.launches");
  EXPECT_TRUE(judged_beside(rows, launches).measured.empty());
}

} // namespace
} // namespace fusesim::claims
