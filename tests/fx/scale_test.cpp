// Reading is linear: what 200,000 nodes take must not be minutes.
#include "document.hpp"

#include <fmt/format.h>

#include <chrono>

namespace fusesim::test {
namespace {

constexpr std::size_t kModules = 100'000;

/// x ─> relu0 ─> relu1 ─> …, each a module and a node of its own, and a weight that none reads.
std::string chain_text() {
  Document document;
  document.input("x", {1, 2});
  const auto input = document.json["nodes"][0].dump();
  std::string tensors, modules, nodes = input;
  for (std::size_t i = 0; i < kModules; ++i) {
    const char *comma = i == 0 ? "" : ",";
    tensors +=
        fmt::format(R"({}"w{}": {{"shape": [1], "dtype": "f32", "role": "buffer"}})", comma, i);
    modules +=
        fmt::format(R"({}"m{}": {{"type": "ReLU", "tensors": {{}}, "config": {{}}}})", comma, i);
    nodes += fmt::format(
        R"(,{{"name": "n{}", "op": "call_module", "target": "m{}", "args": [{{"node": "{}"}}],
            "value": {{"shape": [1, 2], "dtype": "f32"}}}})",
        i, i, i == 0 ? "x" : fmt::format("n{}", i - 1));
  }
  return fmt::format(
      R"({{"format": "fusesim-fx", "version": 1, "name": "chain", "node_count": {}, "tensors": {{{}}},
          "modules": {{{}}}, "nodes": [{}, {{"name": "output", "op": "output", "target": "output",
          "args": [{{"node": "n{}"}}]}}]}})",
      kModules + 2, tensors, modules, nodes, kModules - 1);
}

TEST(FxScale, ReadsAHundredThousandModules) {
  const TemporaryFile file(chain_text());
  const auto start = std::chrono::steady_clock::now();
  const auto imported = ir::import_fx(file.path);
  // Linear, these are 1 to 2 s on one core; what is quadratic takes minutes.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  EXPECT_EQ(imported.graph.nodes().size(), kModules);
}

} // namespace
} // namespace fusesim::test
