#include "report/inspect_report.hpp"

#include "experiment_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fusesim::report {
namespace {

using testing::HasSubstr;

TEST(InspectReport, TellsTheHandCalculatedNetwork) {
  const auto experiment = small_experiment();
  const Json json = inspect_json(inspect(experiment.graph, "small", {}));
  EXPECT_EQ(json["model"], "small");
  EXPECT_EQ(json["parameters"], 216); // 8·3·3·3
  EXPECT_EQ(json["macs"], 3456);
  EXPECT_EQ(json["flops"], 6912);
  EXPECT_EQ(json["nodes"], 3);
  EXPECT_EQ(json["inputs"].dump(), R"([{"shape":[1,3,4,4],"dtype":"f32","name":"x"}])");
  EXPECT_EQ(json["outputs"][0]["shape"], (Json{1, 128}));
  const Json &conv = json["operators"][0];
  EXPECT_EQ(conv["name"], "conv");
  EXPECT_EQ(conv["kind"], "conv2d");
  EXPECT_EQ(conv["class"], "contraction");
  EXPECT_EQ(conv["inputs"][0]["role"], "input");
  EXPECT_EQ(conv["inputs"][1].dump(),
            R"({"shape":[8,3,3,3],"dtype":"f32","name":"conv.weight","role":"parameter"})");
  EXPECT_EQ(conv["outputs"][0]["shape"], (Json{1, 8, 4, 4}));
  EXPECT_EQ(conv["macs"], 3456);
  EXPECT_EQ(conv["weight_bytes"], 864);
  EXPECT_EQ(json["operators"][2]["class"], "view");
  EXPECT_EQ(json["operators"][2]["macs"], 0);
}

TEST(InspectReport, ListsEveryOperatorOnALineOfCsv) {
  const std::string csv = inspect_csv(inspect(small_experiment().graph, "small", {}));
  EXPECT_THAT(csv,
              HasSubstr("name,kind,class,inputs,outputs,macs,flops,vector_ops,weight_bytes\r\n"));
  EXPECT_THAT(csv,
              HasSubstr("conv,conv2d,contraction,1x3x4x4:f32;8x3x3x3:f32,1x8x4x4:f32,3456,6912,"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 4);
}

TEST(InspectReport, NamesAnOpaqueOperatorByItsOrigin) {
  ir::GraphBuilder builder("net");
  const auto x = builder.input("x", {ir::DType::f32, {2, 2}});
  builder.output(
      builder.add_typed(ir::OpKind::opaque, "odd", {x}, {{ir::DType::f32, {2, 2}}}, {}, "my::op")
          .front());
  const auto report =
      inspect(std::move(builder).build(), "net", {"opaque operator my::op (1 time)"});
  EXPECT_THAT(inspect_text(report), HasSubstr("opaque(my::op)"));
  EXPECT_EQ(inspect_json(report)["operators"][0]["kind"], "opaque");
  EXPECT_EQ(inspect_json(report)["warnings"].size(), 1u);
}

} // namespace
} // namespace fusesim::report
