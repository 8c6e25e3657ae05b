#pragma once

#include "ir/graph.hpp"
#include "report/formats.hpp"

namespace fusesim::report {

/// What a network consists of. Operators are nodes of the graph, free ones (views, identities)
/// included.
struct OperatorReport {
  std::string name, kind, op_class;
  std::string foreign_name; ///< opaque operators: what their origin calls them
  std::vector<TensorCell> inputs, outputs;
  Macs macs = 0;
  Flops flops = 0; ///< 2·macs
  std::uint64_t vector_ops = 0;
  Bytes weight_bytes = 0; ///< parameters, buffers and constants it reads
};
struct InspectReport {
  std::string model;
  std::uint64_t parameters = 0;
  Macs macs = 0;
  Flops flops = 0;
  std::uint64_t vector_ops = 0;
  std::uint64_t nodes = 0;
  Bytes weight_bytes = 0;
  std::vector<TensorCell> inputs, outputs;
  std::vector<OperatorReport> operators;
  std::vector<std::string> warnings;
};

InspectReport inspect(const ir::Graph &graph, std::string model, std::vector<std::string> warnings);

std::string inspect_text(const InspectReport &report, const TextStyle &style = {});
/// One line per operator.
std::string inspect_csv(const InspectReport &report);
Json inspect_json(const InspectReport &report);

} // namespace fusesim::report
