#pragma once

#include "claims/outcome.hpp"
#include "partition/summary.hpp"
#include "sweep/simulator.hpp"
#include "targets/experiment.hpp"

#include <map>
#include <memory>

namespace fusesim::claims {

/// Simulates and counts experiments. Files are read once, networks built once per size, and an experiment that several
/// formulas use is run once.
class Laboratory {
public:
  /// @param load  builds or imports a network of the IR; torch.fx files of the seed accounting are read here
  explicit Laboratory(sweep::ModelLoader load) : load_(std::move(load)) {}

  /// Throws Error when the experiment cannot be run: unknown names, a machine that lacks the type, an override out of
  /// range.
  const RunOutcome &run(const Experiment &experiment);

  /// What a key of the machine's or runtime's file is in an experiment, without running it; nothing when neither has it or
  /// it is no number.
  std::optional<double> number_of(const Experiment &experiment, const std::string &key);

private:
  struct Setup {
    targets::Machine machine;
    targets::Runtime runtime;
  };
  struct Network {
    ir::Graph graph;
    std::int64_t batch = 0, size = 0;
  };
  struct FxNetwork;

  Setup setup_of(const Experiment &experiment);
  std::shared_ptr<const Network> network_of(const Experiment &experiment);
  std::shared_ptr<const FxNetwork> fx_network_of(const Experiment &experiment);
  RunOutcome launch(const Experiment &experiment);
  RunOutcome simulate(const Experiment &experiment);
  RunOutcome count(const Experiment &experiment);
  RunOutcome count_seed(const Experiment &experiment);

  sweep::ModelLoader load_;
  std::map<std::string, targets::MachineFile> machine_files_;
  std::map<std::string, targets::RuntimeFile> runtime_files_;
  std::map<std::string, std::shared_ptr<const Network>> networks_;
  std::map<std::string, std::shared_ptr<const FxNetwork>> fx_networks_;
  std::map<std::string, std::shared_ptr<const targets::Prepared>> prepared_;
  std::map<std::string, RunOutcome> outcomes_;
};

/// The figures of a partition's subgraphs, by name. `pattern` is a glob over their patterns, `where` a formula over
/// subgraph_figures(); empty: all subgraphs.
std::map<std::string, double> partition_figures(const partition::PartitionSummary &summary,
                                                const std::string &pattern,
                                                const std::string &where,
                                                const std::string &where_place);

} // namespace fusesim::claims
