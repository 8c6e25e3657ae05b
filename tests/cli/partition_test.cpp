// `fusesim partition` as a user runs it, on real networks.
#include "expect.hpp"
#include "terminal.hpp"
#include "test_paths.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>
#include <sstream>

#include <sys/wait.h>

namespace fusesim::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

using Arguments = std::vector<std::string>;

Arguments partition(const std::string &model, Arguments more) {
  more.insert(more.begin(), {"partition", model});
  return more;
}

std::string output_of(const std::string &model, Arguments more) {
  const Outcome outcome = run(partition(model, std::move(more)));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return outcome.out;
}

json json_of(const std::string &model, Arguments more) {
  more.insert(more.end(), {"--format", "json"});
  return json::parse(output_of(model, std::move(more)));
}

std::vector<std::string> lines_of(const std::string &text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

/// Characters of UTF-8 text; in what fusesim prints of these networks each takes one column.
std::vector<std::string> characters_of(const std::string &text) {
  std::vector<std::string> characters;
  for (const char c : text)
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80)
      characters.back() += c;
    else
      characters.emplace_back(1, c);
  return characters;
}

const char *const kModels[] = {"resnet18", "efficientnet_b0", "vit_b_16"};

class PartitionOf : public testing::TestWithParam<const char *> {};
INSTANTIATE_TEST_SUITE_P(Models, PartitionOf, testing::ValuesIn(kModels),
                         [](const auto &info) { return std::string(info.param); });

// ---- the boxes ----------------------------------------------------------------------------------

/// The operators that a drawing shows, in its order: where a line begins with a name of the network.
std::vector<std::string> drawn_operators(const std::string &drawing) {
  std::vector<std::string> names;
  for (const std::string &line : lines_of(drawing)) {
    const std::string name = line.substr(0, line.find(' '));
    const bool beside_a_box =
        std::ranges::any_of(std::array{"│", "┌", "└", "┄"},
                            [&](const char *edge) { return line.find(edge) != std::string::npos; });
    const bool is_note = name.empty() || name[0] == '('; // "(2 before)"
    if (beside_a_box && !is_note)
      names.push_back(name);
  }
  return names;
}

TEST_P(PartitionOf, DrawsEveryOperatorOnceInOrderOfExecution) {
  std::vector<std::string> expected;
  const json result = json_of(GetParam(), {});
  for (const auto &subgraph : result["subgraphs"])
    for (const auto &name : subgraph["operators"])
      expected.push_back(name);
  const std::string drawing = output_of(GetParam(), {"--visualize", "--width", "160"});
  EXPECT_EQ(drawn_operators(drawing), expected);
}

TEST_P(PartitionOf, DrawsTheFiguresOfTheTable) {
  const std::string drawing = output_of(GetParam(), {"--visualize", "--width", "160"});
  const json result = json_of(GetParam(), {});
  for (const auto &[bottleneck, count] : result["summary"]["bottlenecks"].items()) {
    std::string shown = " " + bottleneck + " ─┘";
    std::ranges::replace(shown, '_', '-');
    std::ptrdiff_t found = 0;
    for (std::size_t at = drawing.find(shown); at != std::string::npos;
         at = drawing.find(shown, at + 1))
      ++found;
    EXPECT_EQ(found, count.get<std::ptrdiff_t>()) << bottleneck;
  }
}

TEST_P(PartitionOf, WindowsAreTheWholeDrawingInPieces) {
  const auto whole = drawn_operators(output_of(GetParam(), {"--visualize", "--width", "160"}));
  std::vector<std::string> pieces;
  constexpr std::size_t kPiece = 37;
  for (std::size_t start = 0; start < whole.size(); start += kPiece) {
    const auto piece = drawn_operators(
        output_of(GetParam(), {"--visualize", "--width", "160", "--start", std::to_string(start),
                               "--max-nodes", std::to_string(kPiece)}));
    EXPECT_EQ(piece.size(), std::min(kPiece, whole.size() - start));
    pieces.insert(pieces.end(), piece.begin(), piece.end());
  }
  EXPECT_EQ(pieces, whole);
}

TEST_P(PartitionOf, IsTheSameInAsciiButForTheCharactersOfBoxes) {
  const Arguments views{"--visualize", "--balance", "--quantify", "--decisions", "--width", "80"};
  Arguments ascii_views = views;
  ascii_views.emplace_back("--ascii");
  const auto drawn = characters_of(output_of(GetParam(), views));
  const std::string ascii = output_of(GetParam(), ascii_views);
  const std::map<std::string, char> substitutes{
      {"─", '-'}, {"│", '|'}, {"┌", '+'}, {"┐", '+'}, {"└", '+'}, {"┘", '+'},
      {"┬", '+'}, {"┼", '+'}, {"┤", '+'}, {"▶", '>'}, {"→", '>'}, {"█", '#'},
      {"·", '|'}, {"…", '~'}, {"×", 'x'}, {"–", '-'}, {"┄", '.'}};
  ASSERT_EQ(drawn.size(), ascii.size());
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    if (drawn[i].size() == 1)
      ASSERT_EQ(drawn[i][0], ascii[i]) << "at " << i;
    else
      ASSERT_EQ(substitutes.at(drawn[i]), ascii[i]) << drawn[i];
  }
}

TEST(PartitionWindow, StartsWithinTheNetwork) {
  expect_refusal(partition("resnet18", {"--visualize", "--start", "1000"}), kWrongInput,
                 {"--start", "1000", "counted from 0"});
  expect_refusal(partition("resnet18", {"--start", "1"}), kUsage, {"--start", "--visualize"});
  expect_refusal(partition("resnet18", {"--max-nodes", "1"}), kUsage,
                 {"--max-nodes", "--visualize"});
  expect_refusal(partition("resnet18", {"--visualize", "--start", "-1"}), kUsage, {"--start"});
}

// ---- on a terminal ------------------------------------------------------------------------------

TEST_P(PartitionOf, FitsTheTerminal) {
  for (const unsigned short columns : std::initializer_list<unsigned short>{80, 120}) {
    const Outcome outcome = run_on_terminal(
        partition(GetParam(), {"--visualize", "--balance", "--quantify", "--decisions"}), columns);
    ASSERT_EQ(outcome.exit_code, 0);
    for (const std::string &line : lines_of(without_colours(outcome.out)))
      EXPECT_LE(characters_of(line).size(), columns) << line;
    for (const std::string &line :
         lines_of(without_colours(run_on_terminal(partition(GetParam(), {}), columns).out)))
      EXPECT_LE(characters_of(line).size(), columns) << line;
  }
}

TEST(PartitionColours, AreForTerminalsOnlyAndNeverAgainstNoColor) {
  const Arguments arguments = partition("resnet18", {"--visualize", "--width", "80"});
  const std::string plain = run(arguments).out;
  EXPECT_THAT(plain, Not(HasSubstr("\x1b")));

  const std::string coloured = run_on_terminal(arguments, 80).out;
  EXPECT_THAT(coloured, HasSubstr("\x1b[32m┌─ 0 ")); // compute-bound: green
  EXPECT_THAT(coloured, HasSubstr("\x1b[31m┌─ 1 ")); // bandwidth-bound: red
  EXPECT_EQ(without_colours(coloured), plain);

  EXPECT_EQ(run_on_terminal(arguments, 80, {{"NO_COLOR", "1"}}).out, plain);
  EXPECT_EQ(run_on_terminal(arguments, 80, {{"TERM", "dumb"}}).out, plain);
}

// ---- balance and savings ------------------------------------------------------------------------

/// Mean, median, standard deviation, least and largest, as a statistics book has them.
std::array<double, 5> described(std::vector<double> values) {
  std::ranges::sort(values);
  const double count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double value : values)
    squares += (value - mean) * (value - mean);
  const double median = (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
  return {mean, median, std::sqrt(squares / count), values.front(), values.back()};
}

TEST_P(PartitionOf, DescribesTheSubgraphsThatItLists) {
  const json result = json_of(GetParam(), {"--balance"});
  const json &balance = result["balance"];
  std::vector<double> flops, external;
  for (const auto &subgraph : result["subgraphs"]) {
    if (subgraph["bottleneck"] == "none")
      continue;
    flops.push_back(subgraph["flops"].get<double>());
    external.push_back(subgraph["input_bytes"].get<double>() +
                       subgraph["output_bytes"].get<double>() +
                       subgraph["weight_bytes"].get<double>());
  }
  const auto expect_statistics = [](const json &statistics, const std::vector<double> &values) {
    const auto expected = described(values);
    const char *const names[] = {"mean", "median", "stddev", "min", "max"};
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(statistics[names[i]].get<double>(), expected[i], 1e-9 * expected[4]) << names[i];
  };
  expect_statistics(balance["statistics"]["flops"], flops);
  expect_statistics(balance["statistics"]["external_bytes"], external);

  std::size_t subgraphs = 0, operators = 0;
  for (const auto &[size, count] : balance["size_histogram"].items()) {
    subgraphs += count.get<std::size_t>();
    operators += count.get<std::size_t>() * std::stoul(size);
  }
  EXPECT_EQ(subgraphs, flops.size());
  EXPECT_EQ(operators, result["operators"].get<std::size_t>());
  EXPECT_EQ(balance["structural"].size() + balance["missed"].size(),
            result["summary"]["single_operator"].get<std::size_t>());
}

TEST_P(PartitionOf, QuantifiesAgainstTheUnfusedPartition) {
  const json strategies = json_of(GetParam(), {"--compare"});
  const json quantity = json_of(GetParam(), {"--quantify"})["quantify"];
  const json &unfused = strategies[0]["summary"];
  ASSERT_EQ(strategies[0]["strategy"], "unfused");
  EXPECT_EQ(quantity["unfused_launches"], unfused["launches"]);
  EXPECT_EQ(quantity["unfused_bytes"], unfused["external_bytes"]);
  EXPECT_EQ(quantity["saved_bytes"].get<std::uint64_t>(),
            quantity["intermediate_bytes"].get<std::uint64_t>() +
                quantity["shared_read_bytes"].get<std::uint64_t>());
  std::uint64_t launches = 0, bytes = 0;
  for (const auto &pattern : quantity["patterns"]) {
    launches += pattern["launches_saved"].get<std::uint64_t>();
    bytes += pattern["saved_bytes"].get<std::uint64_t>();
  }
  EXPECT_EQ(launches, quantity["launches_saved"].get<std::uint64_t>());
  EXPECT_EQ(bytes, quantity["saved_bytes"].get<std::uint64_t>());
}

TEST(PartitionViews, AddToEachOther) {
  const json result = json_of("resnet18", {"--balance", "--quantify", "--decisions"});
  for (const char *key : {"subgraphs", "summary", "balance", "quantify", "decisions"})
    EXPECT_TRUE(result.contains(key)) << key;
  EXPECT_FALSE(json_of("resnet18", {}).contains("balance"));
}

TEST(PartitionViews, RefuseFormatsThatTheyDoNotHave) {
  expect_refusal(partition("resnet18", {"--visualize", "--format", "json"}), kUsage,
                 {"--visualize", "table"});
  expect_refusal(partition("resnet18", {"--ascii", "--format", "csv"}), kUsage, {"--ascii"});
  expect_refusal(partition("resnet18", {"--balance", "--decisions", "--format", "csv"}), kUsage,
                 {"one table", "--balance", "--decisions"});
  expect_refusal(partition("resnet18", {"--why", "conv1", "bn1", "--balance"}), kUsage,
                 {"--why", "--balance"});
  expect_refusal(partition("resnet18", {"--width", "10"}), kUsage, {"--width", "72"});
}

// ---- decisions ----------------------------------------------------------------------------------

TEST_P(PartitionOf, LogsEveryEdgeBetweenSubgraphs) {
  const json result = json_of(GetParam(), {"--decisions"});
  std::map<std::string, std::uint64_t> subgraph_of;
  for (const auto &subgraph : result["subgraphs"])
    for (const auto &name : subgraph["operators"])
      subgraph_of[name] = subgraph["id"];
  EXPECT_FALSE(result["decisions"].empty());
  for (const auto &decision : result["decisions"]) {
    EXPECT_EQ(decision["producer_subgraph"], subgraph_of.at(decision["producer"]));
    EXPECT_EQ(decision["consumer_subgraph"], subgraph_of.at(decision["consumer"]));
    EXPECT_NE(decision["producer_subgraph"], decision["consumer_subgraph"]);
    EXPECT_FALSE(decision["detail"].get<std::string>().empty());
  }
  const std::string csv = output_of(GetParam(), {"--decisions", "--format", "csv"});
  EXPECT_EQ(count_lines(csv), result["decisions"].size() + 1);
}

std::string why(const std::string &a, const std::string &b, Arguments more = {}) {
  more.insert(more.end(), {"--why", a, b});
  return output_of("resnet18", std::move(more));
}

TEST(PartitionWhy, ExplainsAFusedEdge) {
  EXPECT_THAT(why("conv1", "bn1"), testing::StartsWith("conv1 → bn1: fused, in subgraph 0 ("));
  EXPECT_THAT(why("conv1", "bn1"), HasSubstr("nothing else reads conv1"));
}

TEST(PartitionWhy, ExplainsAFork) {
  const std::string text = why("layer1.1.relu_1", "layer2.0.conv1");
  EXPECT_THAT(text, HasSubstr("not fused: fork\n"));
  EXPECT_THAT(text, HasSubstr("is read by layer2.0.conv1 and layer2.0.downsample.0\n"));
}

TEST(PartitionWhy, ExplainsAJoin) {
  const std::string text = why("layer2.0.downsample.1", "layer2.0.add");
  EXPECT_THAT(text, HasSubstr("not fused: join\n"));
  EXPECT_THAT(text, HasSubstr("already runs with layer2.0.bn2"));
}

TEST(PartitionWhy, ExplainsAPairThatIsNotInTheVocabulary) {
  const std::string text = output_of("vgg11", {"--why", "features.4", "features.5"});
  EXPECT_THAT(text, HasSubstr("not fused: not in vocabulary\n"));
  EXPECT_THAT(text, HasSubstr("no row of modern takes relu to max_pool2d"));
}

TEST(PartitionWhy, ExplainsADependencyOnTheWholeGrid) {
  const std::string convolution = why("layer1.0.relu", "layer1.0.conv2", {"--width", "300"});
  EXPECT_THAT(convolution, HasSubstr("not fused: grid wide\n"));
  EXPECT_THAT(convolution, HasSubstr("each element of layer1.0.conv2 takes 576 of layer1.0.relu, "
                                     "which layer1.0.conv1 spreads over a whole grid"));
  EXPECT_THAT(convolution, HasSubstr("only row se_excite takes relu to conv2d"));

  const std::string pool = why("layer4.1.relu_1", "avgpool", {"--width", "300"});
  EXPECT_THAT(pool, HasSubstr("not fused: grid wide\n"));
  EXPECT_THAT(pool, HasSubstr("each element of avgpool takes 49 of layer4.1.relu_1"));
  EXPECT_THAT(pool, HasSubstr("no row of modern takes relu to adaptive_avg_pool2d"));

  const auto json = json::parse(why("relu", "maxpool", {"--format", "json"}));
  EXPECT_EQ(json["reason"], "grid_wide");
}

TEST(PartitionWhy, ExplainsTheUnfusedStrategy) {
  EXPECT_THAT(why("conv1", "bn1", {"--strategy", "unfused"}), HasSubstr("not fused: strategy\n"));
}

TEST(PartitionWhy, SaysWhatIsNoEdge) {
  EXPECT_THAT(why("conv1", "layer4.0.conv1"), HasSubstr("are not an edge"));
  EXPECT_EQ(json::parse(why("conv1", "relu", {"--format", "json"}))["relation"], "together");
}

TEST(PartitionWhy, SuggestsTheNearestNames) {
  expect_refusal(partition("resnet18", {"--why", "conv1", "bn11"}), kWrongInput,
                 {"no operator 'bn11'", "'bn1'"});
  expect_refusal(partition("resnet18", {"--why", "conv1"}), kUsage, {"--why"});
}

// ---- graphs -------------------------------------------------------------------------------------

/// What Graphviz makes of a DOT file.
struct Rendered {
  int exit_code;
  std::string svg;
};
Rendered render(const std::string &dot) {
  FILE *pipe = ::popen(("dot -Tsvg '" + dot + "' 2>&1").c_str(), "r");
  std::string svg;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
    svg += static_cast<char>(c);
  return {WEXITSTATUS(::pclose(pipe)), std::move(svg)};
}

std::size_t count_of(const std::string &text, const std::string &part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

TEST_P(PartitionOf, OpensInGraphviz) {
  const TemporaryFolder folder;
  const std::string file = folder.path("graph.dot");
  const json result = json_of(GetParam(), {"--dot", file});
  const auto [exit_code, svg] = render(file);
  ASSERT_EQ(exit_code, 0) << svg.substr(0, 500);
  EXPECT_THAT(svg, Not(HasSubstr("Warning")));
  std::size_t operators = 0;
  for (const auto &subgraph : result["subgraphs"])
    operators += subgraph["operators"].size();
  EXPECT_EQ(count_of(svg, "class=\"cluster\""), result["subgraphs"].size());
  EXPECT_EQ(count_of(svg, "class=\"node\""), operators + 1); // and the input
  for (const auto &name : result["subgraphs"][0]["operators"])
    EXPECT_THAT(svg, HasSubstr(std::string(">").append(name.get<std::string>()).append("<")));
}

// ---- the published tables -----------------------------------------------------------------------

std::string exported(const std::string &model) {
  return std::string(FUSESIM_SOURCE_DIR "/data/fx/") + model + ".json.gz";
}

// Figures: data/seed/fusion_table.csv and README.md.
TEST(PartitionSeed, GivesThePublishedFigures) {
  const json result = json_of(exported("resnet18"), {"--accounting", "seed", "--vocabulary", "v3"});
  EXPECT_EQ(result["accounting"], "seed");
  EXPECT_EQ(result["vocabulary"], "v3");
  EXPECT_EQ(result["fx_nodes"], 71);
  EXPECT_EQ(result["operators"], 69);
  EXPECT_EQ(result["summary"]["subgraphs"], 32);
  EXPECT_EQ(result["summary"]["single_operator"], 4);
  EXPECT_EQ(result["summary"]["external_bytes"], 78'581'824);
  EXPECT_EQ(result["summary"]["internal_bytes"], 19'167'232);
  EXPECT_EQ(result["summary"]["macs"], 1'814'073'344);
  EXPECT_NEAR(result["summary"]["mean_arithmetic_intensity"].get<double>(), 50.5657, 5e-5);
  EXPECT_NEAR(result["summary"]["memory_reduction"].get<double>(), 0.196086, 5e-7);
  EXPECT_NEAR(result["summary"]["fusion_efficiency"].get<double>(), 2.1562, 5e-5);
  EXPECT_EQ(result["summary"]["patterns"].dump(),
            R"({"Conv2d_BatchNorm2d":11,"Conv2d_BatchNorm2d_ReLU":9,"Unfused":4,"add_ReLU":8})");
  EXPECT_EQ(result["summary"]["bottlenecks"].dump(),
            R"({"balanced":7,"bandwidth_bound":12,"compute_bound":13})");
  EXPECT_EQ(result["subgraphs"][0]["operators"].dump(), R"(["conv1","bn1","relu"])");
  EXPECT_DOUBLE_EQ(result["subgraphs"][0]["arithmetic_intensity"].get<double>(),
                   61.281754735792624);
}

TEST(PartitionSeed, ComparesVocabulariesAndStrategies) {
  std::vector<std::string> evolution;
  for (const auto &row :
       json_of(exported("efficientnet_b0"), {"--accounting", "seed", "--compare"}))
    evolution.push_back(row["strategy"].get<std::string>() + " " +
                        row["vocabulary"].get<std::string>() + " " +
                        std::to_string(row["summary"]["subgraphs"].get<int>()));
  EXPECT_THAT(evolution, testing::ElementsAre("unfused v3 249", "greedy v1 200", "greedy v2 87",
                                              "greedy v3 71", "attention v3 71"));
  const std::string decomposed = exported("vit_b_16_decomposed");
  EXPECT_EQ(json_of(decomposed, {"--accounting", "seed"})["summary"]["subgraphs"], 264);
  EXPECT_EQ(json_of(decomposed,
                    {"--accounting", "seed", "--strategy", "attention"})["summary"]["subgraphs"],
            204);
}

TEST(PartitionSeed, HasEveryView) {
  const std::string text =
      output_of(exported("swin_t"), {"--accounting", "seed", "--visualize", "--balance",
                                     "--quantify", "--decisions", "--width", "100"});
  EXPECT_THAT(text, HasSubstr("seed: 173 operators → 122 launches"));
  EXPECT_THAT(text, HasSubstr("LayerNorm_Linear_GELU_+1more"));
  EXPECT_THAT(text, HasSubstr("no row of v3 takes"));
  const TemporaryFolder folder;
  const std::string file = folder.path("graph.dot");
  (void)output_of(exported("resnet18"), {"--accounting", "seed", "--dot", file});
  EXPECT_EQ(render(file).exit_code, 0);
}

TEST(PartitionSeed, NeedsAnExportedGraph) {
  expect_refusal(partition("resnet18", {"--accounting", "seed"}), kWrongInput,
                 {"torch.fx", "tools/export_fx.py"});
  expect_refusal(partition(exported("resnet18"), {"--accounting", "seed", "--dtype", "f16"}),
                 kWrongInput, {"--dtype", "four bytes"});
}

TEST(PartitionFile, WhoseShapesDoNotFitIsRefusedByEitherAccounting) {
  const TemporaryFolder folder;
  const std::string file = folder.write(
      "wrong.json", R"({"format": "fusesim-fx", "version": 1, "name": "wrong", "node_count": 3,
    "tensors": {}, "modules": {}, "nodes": [
    {"name": "x", "op": "placeholder", "target": "x", "args": [],
     "value": {"shape": [1, 2], "dtype": "f32"}},
    {"name": "relu", "op": "call_function", "target": "torch.relu", "args": [{"node": "x"}],
     "value": {"shape": [1, 3], "dtype": "f32"}},
    {"name": "output", "op": "output", "target": "output", "args": [{"node": "relu"}]}]})");
  for (const char *accounting : {"physical", "seed"})
    expect_refusal(partition(file, {"--accounting", accounting}), kWrongInput,
                   {file, "node 'relu'", "1x3", "1x2"});
}

TEST(PartitionVocabulary, BelongsToItsAccounting) {
  expect_refusal(partition("resnet18", {"--vocabulary", "v3"}), kWrongInput,
                 {"--vocabulary", "'v3'", "--accounting seed"});
  expect_refusal(
      partition(exported("resnet18"), {"--accounting", "seed", "--vocabulary", "modern"}),
      kWrongInput, {"'modern'", "v1, v2 and v3"});
  expect_refusal(partition("resnet18", {"--vocabulary", "modren"}), kWrongInput, {"'modern'"});
  expect_refusal(partition("resnet18", {"--accounting", "physics"}), kUsage,
                 {"--accounting", "physical"});
}

TEST(PartitionPhysical, OfAnExportedGraphKnowsItsNodes) {
  const json result = json_of(exported("resnet18"), {});
  EXPECT_EQ(result["accounting"], "physical");
  EXPECT_EQ(result["fx_nodes"], 71);
  EXPECT_EQ(result["summary"]["macs"], 1'814'073'344);
  EXPECT_EQ(json_of("resnet18", {})["fx_nodes"], nullptr);
}

} // namespace
} // namespace fusesim::test
