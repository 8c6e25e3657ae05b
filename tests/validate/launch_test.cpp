#include "validate_fixture.hpp"

#include <gmock/gmock.h>

using namespace fusesim;
using namespace fusesim::validate;
using ::testing::HasSubstr;

namespace {

class LaunchTest : public test::FolderTest {
protected:
  Dataset rows(const std::string &text) const {
    return read_dataset(write("rows.csv", "quantity,gpu,value_us,definition\n" + text));
  }
  static constexpr const char *kGraph = "\"CUDA graph device run time, 100 nodes\",A100,53,x\n";
};

// 100 empty kernels, each followed by the gap to the next; with constants that make the sum 100·(0.2 + 0.5).
TEST_F(LaunchTest, GraphTakesAKernelAndAGapPerNode) {
  const auto dataset = rows(kGraph);
  Bench bench({{"cuda-graph", "graph_node_gap_us", 0.5},
               {constants_file_of(targets::load_machine("a100-sxm-40gb")), "min_kernel_us", 0.2}});
  EXPECT_NEAR(dataset.cases.at(0)->predict(bench).value, 70, 0.001);
}

// Launch call, its way to the device, the kernel, the wait.
TEST_F(LaunchTest, SynchronisedLaunchTakesTheWholeWay) {
  const auto dataset = rows("\"null kernel, sync each\",A100,9,x\n");
  Bench bench({{"pytorch-eager", "launch_us", 2},
               {"pytorch-eager", "launch_latency_us", 3},
               {"pytorch-eager", "sync_us", 4},
               {constants_file_of(targets::load_machine("a100-sxm-40gb")), "min_kernel_us", 0.5}});
  EXPECT_NEAR(dataset.cases.at(0)->predict(bench).value, 9.5, 0.001);
}

// What is measured under an older and a newer driver counts as the newer says.
TEST_F(LaunchTest, TakesTheNewerOfTwoDrivers) {
  EXPECT_DOUBLE_EQ(rows("\"null kernel, sync each\",A100,12 -> 9.5,x\n").cases.at(0)->measured,
                   9.5);
}

TEST_F(LaunchTest, LeavesOutWhatIsNotSimulated) {
  const auto dataset = rows(std::string(kGraph) + "\"null kernel, sync each\",P100,6.6,x\n" +
                            "something else,A100,1,x\n");
  EXPECT_EQ(dataset.kind, "launches");
  EXPECT_EQ(dataset.cases.size(), 1U);
  ASSERT_EQ(dataset.left_out.size(), 2U);
  EXPECT_THAT(dataset.left_out[0], HasSubstr("rows.csv:3"));
  EXPECT_THAT(test::error_of([&] { rows("something else,A100,1,x\n"); }),
              HasSubstr("no row of anything that is simulated"));
}

TEST_F(LaunchTest, NamesARowWithoutANumber) {
  EXPECT_THAT(test::error_of([&] { rows("\"null kernel, sync each\",A100,soon,x\n"); }),
              HasSubstr("rows.csv:2: column 'value_us' is no number: 'soon'"));
}

} // namespace
