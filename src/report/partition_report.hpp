#pragma once

#include "partition/partition.hpp"
#include "report/formats.hpp"

#include <map>

namespace fusesim::report {

struct PartSubgraph {
  std::uint32_t id = 0;
  std::string pattern;
  std::vector<std::string> operators;
  Flops flops = 0;
  Bytes input_bytes = 0, output_bytes = 0, weight_bytes = 0, internal_bytes = 0;
  double arithmetic_intensity = 0; ///< FLOP per byte crossing the boundary; 0 when nothing does
};

/// A network cut into subgraphs, `physical` accounting.
struct PartitionReport {
  std::string model, strategy;
  std::uint64_t operators = 0;       ///< that have work: no views, identities or bookkeeping
  std::uint64_t launches = 0;        ///< subgraphs with work; the others run for nothing
  std::uint64_t single_operator = 0; ///< subgraphs with work that hold one working operator
  double fusion_efficiency = 1;      ///< operators / launches
  Bytes external_bytes = 0, internal_bytes = 0;
  double memory_reduction = 0; ///< internal / (external + internal)
  Flops flops = 0;
  Macs macs = 0;
  double mean_arithmetic_intensity = 0;          ///< over subgraphs with work
  std::map<std::string, std::uint64_t> patterns; ///< of subgraphs with work
  std::vector<PartSubgraph> subgraphs;           ///< all, in order of execution
  std::vector<std::string> warnings;
};

PartitionReport report_of(const ir::Graph &graph, const partition::Partition &partition,
                          std::string model, std::vector<std::string> warnings);

std::string partition_text(const PartitionReport &report, const TextStyle &style = {});
/// One line per subgraph.
std::string partition_csv(const PartitionReport &report);
Json partition_json(const PartitionReport &report);

/// One row per strategy: what each makes of the same graph.
std::string strategies_text(std::span<const PartitionReport> reports, const TextStyle &style = {});
std::string strategies_csv(std::span<const PartitionReport> reports);
Json strategies_json(std::span<const PartitionReport> reports);

/// Graphviz DOT: one cluster per subgraph, one box per operator, edges labelled with the tensor's
/// shape.
std::string partition_dot(const ir::Graph &graph, const partition::Partition &partition);

} // namespace fusesim::report
