#include "subprocess.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>

namespace fusesim::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json json_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--format", "json"});
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return json::parse(outcome.out);
}

// Rows of a CSV without quoted fields, by column.
std::vector<std::map<std::string, std::string>> csv_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--format", "csv"});
  std::istringstream text(run(arguments).out);
  const auto fields = [](const std::string &line) {
    std::vector<std::string> out{{}};
    for (const char c : line)
      if (c == ',')
        out.emplace_back();
      else if (c != '\r')
        out.back() += c;
    return out;
  };
  std::string line;
  std::getline(text, line);
  const auto header = fields(line);
  std::vector<std::map<std::string, std::string>> rows;
  while (std::getline(text, line)) {
    const auto values = fields(line);
    EXPECT_EQ(values.size(), header.size()) << line;
    for (std::size_t i = 0; i == 0 || i < values.size(); ++i) {
      if (i == 0)
        rows.emplace_back();
      rows.back()[header[i]] = values[i];
    }
  }
  return rows;
}

double sum_of(const json &attribution) {
  double sum = 0;
  for (const auto &[cause, us] : attribution.items()) {
    EXPECT_GE(us.get<double>(), 0) << cause;
    sum += us.get<double>();
  }
  return sum;
}

// The sum of seven doubles: far below the picosecond (1e-6 µs) that the simulator counts in.
constexpr double kPicosecond = 1e-6;

class SimulateTest : public testing::TestWithParam<const char *> {};

TEST_P(SimulateTest, AttributionSumsToTheLatency) {
  for (const auto *model : {"resnet18", "vit_b_32", "mobilenet_v2"}) {
    const json run = json_of({"simulate", model, "--target", GetParam(), "--batch", "4"});
    EXPECT_GT(run["latency_us"].get<double>(), 0);
    EXPECT_NEAR(sum_of(run["attribution_us"]), run["latency_us"].get<double>(), kPicosecond);
  }
}

TEST_P(SimulateTest, SubgraphsHoldTheWholeNetwork) {
  const json run =
      json_of({"simulate", "resnet18", "--target", GetParam(), "--strategy", "greedy"});
  const json network = json_of({"inspect", "resnet18"});
  std::uint64_t flops = 0, operators = 0;
  for (const auto &subgraph : run["subgraphs"]) {
    flops += subgraph["flops"].get<std::uint64_t>();
    operators += subgraph["operators"].size();
    EXPECT_LE(subgraph["start_us"].get<double>(), subgraph["end_us"].get<double>());
    EXPECT_LE(subgraph["end_us"].get<double>(), run["latency_us"].get<double>() + kPicosecond);
  }
  EXPECT_EQ(flops, network["flops"].get<std::uint64_t>());
  EXPECT_EQ(flops, run["flops"].get<std::uint64_t>());
  EXPECT_EQ(operators, network["nodes"].get<std::uint64_t>());
}

INSTANTIATE_TEST_SUITE_P(Machines, SimulateTest,
                         testing::Values("a100-sxm-40gb", "t4", "kpu-t64", "gemmini-16x16"),
                         [](const auto &info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Simulate, GivesTheSameFiguresInEveryFormat) {
  const std::vector<std::string> command{"simulate", "resnet18", "--target",
                                         "t4",       "--dtype",  "f16"};
  const json as_json = json_of(command);
  const auto as_csv = csv_of(command);
  ASSERT_EQ(as_csv.size(), 1u);
  for (const auto *key : {"latency_us", "launches", "dram_bytes", "flops", "batch", "image_size"})
    EXPECT_EQ(std::stod(as_csv[0].at(key)), as_json[key].get<double>()) << key;
  for (const auto &[cause, us] : as_json["attribution_us"].items())
    EXPECT_EQ(std::stod(as_csv[0].at("attribution_us." + cause)), us.get<double>());
  const std::string table = run(command).out;
  EXPECT_THAT(table, HasSubstr("\nlaunches    " + as_csv[0].at("launches") + "\n"));
  EXPECT_THAT(table, HasSubstr("\ntotal "));
  EXPECT_THAT(table, HasSubstr("100.0 %"));
}

TEST(Simulate, ListsEverySubgraphOnRequest) {
  const json as_json = json_of({"simulate", "resnet18", "--target", "t4"});
  const auto rows = csv_of({"simulate", "resnet18", "--target", "t4", "--subgraphs"});
  ASSERT_EQ(rows.size(), as_json["subgraphs"].size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].at("pattern"), as_json["subgraphs"][i]["pattern"]);
    EXPECT_EQ(std::stod(rows[i].at("end_us")), as_json["subgraphs"][i]["end_us"].get<double>());
  }
}

TEST(Simulate, TakesTheElementTypeThatSuitsTheMachine) {
  EXPECT_EQ(json_of({"simulate", "resnet18", "--target", "t4"})["dtype"], "f32");
  EXPECT_EQ(json_of({"simulate", "resnet18", "--target", "kpu-t64"})["dtype"], "bf16");
  EXPECT_EQ(json_of({"simulate", "resnet18", "--target", "tpu-v1"})["dtype"], "i8"); // has no bf16
  EXPECT_EQ(json_of({"simulate", "resnet18", "--target", "t4", "--dtype", "f16"})["dtype"], "f16");
}

TEST(Simulate, IsIdenticalFromRunToRunAndInExactMode) {
  const std::vector<std::string> command{"simulate", "resnet18", "--target",
                                         "t4",       "--format", "json"};
  auto exact = command;
  exact.push_back("--exact");
  const std::string first = run(command).out;
  EXPECT_EQ(run(command).out, first);
  EXPECT_EQ(run(exact).out, first);
}

TEST(Simulate, TakesBatchAndSizeFromInput) {
  const json by_input =
      json_of({"simulate", "resnet18", "--target", "t4", "--input", "4x3x160x160"});
  const json by_options =
      json_of({"simulate", "resnet18", "--target", "t4", "--batch", "4", "--image-size", "160"});
  EXPECT_EQ(by_input, by_options);
  EXPECT_EQ(by_input["batch"], 4);
  EXPECT_EQ(by_input["image_size"], 160);
  const json tokens = json_of({"simulate", "bert_base", "--target", "t4", "--input", "2x64:i64"});
  EXPECT_EQ(tokens, json_of({"simulate", "bert_base", "--target", "t4", "--batch", "2",
                             "--sequence-length", "64"}));
  EXPECT_TRUE(tokens["image_size"].is_null());
}

TEST(Compare, PairsEveryModelWithEveryTarget) {
  const json pairs = json_of(
      {"compare", "resnet18", "vit_b_32", "--target", "a100-sxm-40gb", "--target", "kpu-t64"});
  ASSERT_EQ(pairs.size(), 4u);
  for (const auto &pair : pairs) {
    EXPECT_DOUBLE_EQ(pair["speedup"].get<double>(), pair["unfused"]["latency_us"].get<double>() /
                                                        pair["fused"]["latency_us"].get<double>());
    EXPECT_EQ(pair["unfused"]["strategy"], "unfused");
    EXPECT_EQ(pair["unfused"]["flops"], pair["fused"]["flops"]);
    EXPECT_LE(pair["fused"]["launches"], pair["unfused"]["launches"]);
    EXPECT_LE(pair["fused"]["dram_bytes"], pair["unfused"]["dram_bytes"]);
    for (const auto *side : {"unfused", "fused"}) {
      EXPECT_NEAR(sum_of(pair[side]["attribution_us"]), pair[side]["latency_us"].get<double>(),
                  kPicosecond);
      EXPECT_FALSE(pair[side].contains("subgraphs"));
    }
  }
  EXPECT_EQ(pairs[0]["model"], "resnet18");
  EXPECT_EQ(pairs[1]["target"], "kpu-t64");
  EXPECT_EQ(pairs[2]["model"], "vit_b_32");
}

TEST(Compare, GivesTheSameFiguresInEveryFormat) {
  const std::vector<std::string> command{"compare", "resnet18", "--target", "t4"};
  const json pair = json_of(command)[0];
  const auto rows = csv_of(command);
  ASSERT_EQ(rows.size(), 2u);
  for (const auto &row : rows) {
    const json &side = pair[row.at("variant")];
    for (const auto *key : {"latency_us", "launches", "dram_bytes"})
      EXPECT_EQ(std::stod(row.at(key)), side[key].get<double>()) << key;
  }
  EXPECT_EQ(std::stod(rows[1].at("speedup")), pair["speedup"].get<double>());
  EXPECT_EQ(rows[0].at("speedup"), "");
  const std::string table = run(command).out;
  EXPECT_THAT(
      table,
      HasSubstr("model resnet18 · target t4 · runtime pytorch-eager · dtype f32 · batch 1\n"));
  EXPECT_THAT(table, HasSubstr("\nunfused"));
}

TEST(Compare, GivesEachRuntimeToTheMachinesOfItsKind) {
  const json pairs = json_of({"compare", "resnet18", "--target", "t4", "--target", "kpu-t64",
                              "--runtime", "pytorch-eager", "--runtime", "cuda-graph"});
  std::vector<std::string> runtimes;
  for (const auto &pair : pairs)
    runtimes.push_back(pair["target"].get<std::string>() + "/" +
                       pair["runtime"].get<std::string>());
  EXPECT_THAT(runtimes,
              testing::ElementsAre("t4/pytorch-eager", "t4/cuda-graph", "kpu-t64/kpu-runtime"));
}

TEST(Compare, AgreesWithSimulate) {
  const json pair = json_of({"compare", "resnet18", "--target", "t4", "--strategy", "greedy"})[0];
  json fused = json_of({"simulate", "resnet18", "--target", "t4", "--strategy", "greedy"});
  fused.erase("subgraphs");
  fused.erase("warnings");
  EXPECT_EQ(pair["fused"], fused);
}

// torchvision's resnet18: 11,689,512 parameters and 1,814,073,344 multiply-adds, counted by intercepting a real run.
TEST(Inspect, CountsWhatTorchvisionCounts) {
  const json network = json_of({"inspect", "resnet18"});
  EXPECT_EQ(network["parameters"], 11'689'512);
  EXPECT_EQ(network["macs"], 1'814'073'344);
  EXPECT_EQ(network["flops"], 2 * std::uint64_t{1'814'073'344});
  EXPECT_EQ(network["nodes"], network["operators"].size());
  EXPECT_EQ(network["operators"][0]["name"], "conv1");
  EXPECT_EQ(network["operators"][0]["outputs"][0]["shape"], (json{1, 64, 112, 112}));
  EXPECT_EQ(csv_of({"inspect", "resnet18"}).size(), network["operators"].size());
}

TEST(Inspect, ShowsTheElementTypeOnRequest) {
  const json single = json_of({"inspect", "resnet18"}),
             half = json_of({"inspect", "resnet18", "--dtype", "f16"});
  EXPECT_EQ(half["operators"][0]["inputs"][0]["dtype"], "f16");
  EXPECT_EQ(half["operators"][0]["weight_bytes"].get<int>() * 2,
            single["operators"][0]["weight_bytes"].get<int>());
}

TEST(Partition, SetsTheStrategiesSideBySide) {
  const json strategies = json_of({"partition", "vit_b_16", "--compare"});
  ASSERT_EQ(strategies.size(), 4u);
  EXPECT_EQ(strategies[0]["strategy"], "unfused");
  for (const auto &strategy : strategies) {
    EXPECT_EQ(strategy["summary"]["flops"], strategies[0]["summary"]["flops"]);
    EXPECT_LE(strategy["summary"]["launches"], strategies[0]["summary"]["launches"]);
  }
  EXPECT_EQ(strategies[0]["summary"]["fusion_efficiency"], 1);
  EXPECT_EQ(strategies[0]["summary"]["internal_bytes"], 0);
}

TEST(Partition, TakesTheNamedStrategy) {
  const json greedy = json_of({"partition", "resnet18", "--strategy", "greedy"});
  EXPECT_EQ(greedy["strategy"], "greedy");
  EXPECT_EQ(greedy["subgraphs"].size(), greedy["summary"]["subgraphs"].get<std::size_t>());
  std::uint64_t counted = 0;
  for (const auto &[pattern, count] : greedy["summary"]["patterns"].items())
    counted += count.get<std::uint64_t>();
  EXPECT_EQ(counted, greedy["summary"]["launches"].get<std::uint64_t>());
}

} // namespace
} // namespace fusesim::test
