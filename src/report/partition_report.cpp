#include "report/partition_report.hpp"

#include "ir/cost.hpp"

#include <algorithm>

namespace fusesim::report {

namespace {

PartSubgraph describe(const ir::Graph &graph, const partition::Partition &partition,
                      const partition::Subgraph &subgraph) {
  PartSubgraph report;
  report.id = subgraph.id;
  report.pattern = subgraph.pattern;
  for (const ir::NodeId id : subgraph.nodes) {
    report.operators.push_back(graph.node(id).name);
    report.flops += 2 * ir::work_of(graph, graph.node(id)).macs;
  }
  const partition::Traffic traffic = partition::traffic_of(graph, partition, subgraph);
  report.input_bytes = traffic.input;
  report.output_bytes = traffic.output;
  report.weight_bytes = traffic.weight;
  report.internal_bytes = traffic.internal;
  if (traffic.external() > 0)
    report.arithmetic_intensity =
        static_cast<double>(report.flops) / static_cast<double>(traffic.external());
  return report;
}

std::uint64_t working_operators(const ir::Graph &graph, const partition::Subgraph &subgraph) {
  return static_cast<std::uint64_t>(
      std::count_if(subgraph.nodes.begin(), subgraph.nodes.end(),
                    [&](ir::NodeId id) { return !ir::is_free(graph.node(id).kind); }));
}

std::span<const Figure<PartitionReport>> summary_figures() {
  using R = PartitionReport;
  static const std::vector<Figure<R>> kFigures{
      {{"model", "model"}, [](const R &r) { return r.model; }},
      {{"strategy", "strategy"}, [](const R &r) { return r.strategy; }},
      {{"accounting", ""}, [](const R &) { return std::string("physical"); }},
      {{"operators", "operators", Unit::count}, [](const R &r) { return r.operators; }},
      {{"summary.subgraphs", "subgraphs", Unit::count},
       [](const R &r) { return std::uint64_t{r.subgraphs.size()}; }},
      {{"summary.launches", "with work", Unit::count}, [](const R &r) { return r.launches; }},
      {{"summary.fusion_efficiency", "operators per launch", Unit::ratio},
       [](const R &r) { return r.fusion_efficiency; }},
      {{"summary.single_operator", "of one operator", Unit::count},
       [](const R &r) { return r.single_operator; }},
      {{"summary.external_bytes", "external", Unit::bytes},
       [](const R &r) { return r.external_bytes; }},
      {{"summary.internal_bytes", "internal", Unit::bytes},
       [](const R &r) { return r.internal_bytes; }},
      {{"summary.memory_reduction", "memory reduction", Unit::fraction},
       [](const R &r) { return r.memory_reduction; }},
      {{"summary.flops", "work", Unit::flops}, [](const R &r) { return r.flops; }},
      {{"summary.macs", "", Unit::macs}, [](const R &r) { return r.macs; }},
      {{"summary.mean_arithmetic_intensity", "mean FLOP/B", Unit::flops_per_byte},
       [](const R &r) { return r.mean_arithmetic_intensity; }},
  };
  return kFigures;
}

std::span<const Figure<PartSubgraph>> subgraph_figures() {
  using S = PartSubgraph;
  static const std::vector<Figure<S>> kFigures{
      {{"id", "id"}, [](const S &s) { return std::uint64_t{s.id}; }},
      {{"pattern", "pattern"}, [](const S &s) { return s.pattern; }},
      {{"operators", "operators"}, [](const S &s) { return s.operators; }},
      {{"flops", "work", Unit::flops}, [](const S &s) { return s.flops; }},
      {{"input_bytes", "in", Unit::bytes}, [](const S &s) { return s.input_bytes; }},
      {{"output_bytes", "out", Unit::bytes}, [](const S &s) { return s.output_bytes; }},
      {{"weight_bytes", "weights", Unit::bytes}, [](const S &s) { return s.weight_bytes; }},
      {{"internal_bytes", "internal", Unit::bytes}, [](const S &s) { return s.internal_bytes; }},
      {{"arithmetic_intensity", "FLOP/B", Unit::flops_per_byte},
       [](const S &s) { return s.arithmetic_intensity; }},
  };
  return kFigures;
}

Table summary_table(std::span<const PartitionReport> reports) {
  return tabulate<PartitionReport>(summary_figures(), reports);
}

struct PatternCount {
  std::string pattern;
  std::uint64_t count = 0;
};

Table pattern_table(const PartitionReport &report) {
  static const std::vector<Figure<PatternCount>> kFigures{
      {{"pattern", "pattern"}, [](const PatternCount &p) { return p.pattern; }},
      {{"count", "subgraphs", Unit::count}, [](const PatternCount &p) { return p.count; }},
  };
  std::vector<PatternCount> counts;
  for (const auto &[pattern, count] : report.patterns)
    counts.push_back({pattern, count});
  std::stable_sort(counts.begin(), counts.end(),
                   [](const auto &a, const auto &b) { return a.count > b.count; });
  return tabulate<PatternCount>(kFigures, counts);
}

// What a partition is summed up from, one subgraph at a time.
void add(PartitionReport &report, const PartSubgraph &subgraph, std::uint64_t working) {
  report.flops += subgraph.flops;
  report.external_bytes += subgraph.input_bytes + subgraph.output_bytes + subgraph.weight_bytes;
  report.internal_bytes += subgraph.internal_bytes;
  report.operators += working;
  if (working == 0)
    return;
  ++report.launches;
  report.single_operator += working == 1 ? 1 : 0;
  report.mean_arithmetic_intensity += subgraph.arithmetic_intensity;
  ++report.patterns[subgraph.pattern];
}

Json with_patterns(const PartitionReport &report) {
  Json json = to_json_object(summary_table({&report, 1}));
  Json patterns = Json::object();
  for (const auto &[pattern, count] : report.patterns)
    patterns[pattern] = count;
  json["summary"]["patterns"] = std::move(patterns);
  return json;
}

} // namespace

PartitionReport report_of(const ir::Graph &graph, const partition::Partition &partition,
                          std::string model, std::vector<std::string> warnings) {
  PartitionReport report;
  report.model = std::move(model);
  report.strategy = partition.strategy;
  for (const auto &subgraph : partition.subgraphs) {
    report.subgraphs.push_back(describe(graph, partition, subgraph));
    add(report, report.subgraphs.back(), working_operators(graph, subgraph));
  }
  report.macs = report.flops / 2;
  if (report.launches > 0) {
    const auto count = static_cast<double>(report.launches);
    report.fusion_efficiency = static_cast<double>(report.operators) / count;
    report.mean_arithmetic_intensity /= count;
  }
  const Bytes total = report.external_bytes + report.internal_bytes;
  if (total > 0)
    report.memory_reduction =
        static_cast<double>(report.internal_bytes) / static_cast<double>(total);
  report.warnings = std::move(warnings);
  return report;
}

std::string partition_text(const PartitionReport &report, const TextStyle &style) {
  TextStyle narrow = style;
  narrow.max_cell = 44;
  return to_text_block(summary_table({&report, 1}), style) + "\n" +
         to_text(pattern_table(report), style) + "\n" +
         to_text(tabulate<PartSubgraph>(subgraph_figures(), report.subgraphs), narrow);
}

std::string partition_csv(const PartitionReport &report) {
  return to_csv(tabulate<PartSubgraph>(subgraph_figures(), report.subgraphs));
}

Json partition_json(const PartitionReport &report) {
  Json json = with_patterns(report);
  json["subgraphs"] = to_json(tabulate<PartSubgraph>(subgraph_figures(), report.subgraphs));
  json["warnings"] = report.warnings;
  return json;
}

std::string strategies_text(std::span<const PartitionReport> reports, const TextStyle &style) {
  TextStyle hoisting = style;
  hoisting.hoist_columns = 1; // the model
  return to_text(summary_table(reports), hoisting);
}

std::string strategies_csv(std::span<const PartitionReport> reports) {
  return to_csv(summary_table(reports));
}

Json strategies_json(std::span<const PartitionReport> reports) {
  Json list = Json::array();
  for (const PartitionReport &report : reports)
    list.push_back(with_patterns(report));
  return list;
}

} // namespace fusesim::report
