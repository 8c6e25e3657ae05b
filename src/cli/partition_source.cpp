#include "cli/partition_source.hpp"

#include "cli/machine_options.hpp"
#include "ir/fx/fx_import.hpp"
#include "ir/passes.hpp"
#include "partition/seed_summary.hpp"
#include "partition/strategy.hpp"
#include "support/error.hpp"
#include "support/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::cli {

namespace {

namespace seed = partition::seed;

constexpr const char *kUnfused = "unfused";

std::vector<std::string> vocabularies(bool is_seed) {
  if (is_seed)
    return {"v1", "v2", "v3"};
  return {std::string(partition::modern_vocabulary().name)};
}

bool holds(const std::vector<std::string> &names, const std::string &name) {
  return std::ranges::find(names, name) != names.end();
}

void check_vocabulary(bool is_seed, const std::string &vocabulary) {
  if (vocabulary.empty() || holds(vocabularies(is_seed), vocabulary))
    return;
  if (holds(vocabularies(!is_seed), vocabulary))
    throw Error("--vocabulary",
                fmt::format("'{}' has no pairs in the {} accounting", vocabulary,
                            is_seed ? "seed" : "physical"),
                is_seed ? "it has v1, v2 and v3" : "add --accounting seed");
  auto all = vocabularies(false);
  for (const auto &name : vocabularies(true))
    all.push_back(name);
  throw Error("--vocabulary", fmt::format("unknown vocabulary '{}'", vocabulary),
              nearest_names_hint(vocabulary, all));
}

// ---- physical -----------------------------------------------------------------------------------

PartitionSource physical_source(const std::string &model, const ModelOptions &sizes) {
  const auto dtype = chosen_dtype(sizes);
  LoadedModel loaded = load_model(model, sizes);
  // Projections apart, as siblings of one producer: the form in which a strategy can merge them.
  ir::Graph graph = ir::decompose_attention(loaded.graph, ir::InProjection::separate);
  if (dtype)
    graph = ir::with_float_dtype(graph, *dtype);

  const std::string vocabulary = vocabularies(false).front();
  PartitionSource source;
  source.standard = {"attention", vocabulary};
  for (const auto &strategy : partition::strategies())
    source.cuts.push_back({std::string(strategy.name), vocabulary});
  source.warnings = std::move(loaded.workload.warnings);
  source.run = [graph = std::move(graph), fx_nodes = loaded.fx_nodes](const Cut &cut) {
    auto summary = summarise(graph, partition::run_strategy(cut.strategy, graph));
    summary.fx_nodes = fx_nodes;
    return summary;
  };
  return source;
}

// ---- seed ---------------------------------------------------------------------------------------

PartitionSource seed_source(const std::string &model, const ModelOptions &sizes) {
  if (!ir::is_fx_file(model))
    throw Error(model, "the seed accounting counts nodes of torch.fx, which this has none of",
                "export them: tools/export_fx.py MODEL --input 1x3x224x224 -o model.json.gz");
  if (!sizes.dtype.empty())
    throw Error("--dtype", "the seed accounting counts four bytes per element, whatever its type",
                "leave it out, or use --accounting physical");
  const ir::FxProgram program = ir::read_fx(model);
  (void)ir::graph_of(program); // refuses shapes that do not fit
  PartitionSource source;
  source.standard = {"greedy", "v3"};
  source.cuts = {
      {kUnfused, "v3"}, {"greedy", "v1"}, {"greedy", "v2"}, {"greedy", "v3"}, {"attention", "v3"}};
  source.run = [network = program.name, nodes = seed::nodes_of(program)](const Cut &cut) {
    return seed::summarise(network, nodes, cut.strategy, cut.vocabulary);
  };
  return source;
}

} // namespace

void check_cut(const std::string &accounting, const Cut &cut) {
  check_strategy(cut.strategy);
  const bool is_seed = accounting == "seed";
  if (is_seed && !cut.strategy.empty() && cut.strategy != kUnfused)
    (void)seed::strategy(cut.strategy);
  check_vocabulary(is_seed, cut.vocabulary);
}

PartitionSource load_partition_source(const std::string &accounting, const std::string &model,
                                      const ModelOptions &sizes) {
  return accounting == "seed" ? seed_source(model, sizes) : physical_source(model, sizes);
}

} // namespace fusesim::cli
