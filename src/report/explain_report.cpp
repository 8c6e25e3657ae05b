#include "report/explain_report.hpp"

#include <map>

namespace fusesim::report {

namespace {

std::vector<Figure<StageReport>> make_figures() {
  using R = StageReport;
  return {
      {{"subgraph", "id", Unit::none}, [](const R &r) { return std::uint64_t{r.stage.subgraph}; }},
      {{"pattern", "pattern", Unit::none}, [](const R &r) { return r.pattern; }},
      {{"stage", "stage", Unit::none}, [](const R &r) { return r.stage.name; }},
      {{"dataflow", "dataflow", Unit::none}, [](const R &r) { return r.stage.dataflow; }},
      {{"mapping", "mapping", Unit::none}, [](const R &r) { return r.stage.mapping; }},
      {{"passes", "passes", Unit::count}, [](const R &r) { return r.stage.passes; }},
      {{"tiles", "tiles", Unit::count}, [](const R &r) { return r.stage.tiles; }},
      {{"l2_bytes", "L2 used", Unit::bytes}, [](const R &r) { return r.stage.l2_bytes; }},
      {{"l2_capacity_bytes", "of L2", Unit::bytes}, [](const R &r) { return r.stage.l2_capacity; }},
      {{"l3_bytes", "L3 used", Unit::bytes}, [](const R &r) { return r.stage.l3_bytes; }},
      {{"l3_capacity_bytes", "of L3", Unit::bytes}, [](const R &r) { return r.stage.l3_capacity; }},
      {{"dram_bytes", "DRAM", Unit::bytes}, [](const R &r) { return r.stage.dram_bytes; }},
      {{"prefetched_bytes", "prefetched", Unit::bytes},
       [](const R &r) { return r.stage.prefetched_bytes; }},
      {{"fetched_ahead_bytes", "for later ones", Unit::bytes},
       [](const R &r) { return r.stage.fetched_ahead_bytes; }},
      {{"subgraph_dram_bytes", "whole subgraph", Unit::bytes},
       [](const R &r) { return r.subgraph_dram_bytes; }},
      {{"compulsory_bytes", "compulsory", Unit::bytes},
       [](const R &r) { return r.stage.compulsory_bytes; }},
      {{"array_utilisation", "array use", Unit::fraction},
       [](const R &r) { return r.stage.array_utilisation; }},
      {{"time_us", "time", Unit::microseconds}, [](const R &r) { return r.stage.seconds * 1e6; }},
      {{"bound_by", "bound by", Unit::none}, [](const R &r) { return r.stage.bound_by; }},
  };
}

} // namespace

std::vector<StageReport> explain(const targets::Experiment &experiment) {
  std::map<std::uint32_t, Bytes> dram;
  for (const auto &stage : experiment.lowered.stages)
    dram[stage.subgraph] += stage.dram_bytes + stage.prefetched_bytes - stage.fetched_ahead_bytes;
  std::vector<StageReport> reports;
  for (const auto &stage : experiment.lowered.stages) {
    const auto &subgraph = experiment.partition.subgraphs[stage.subgraph];
    reports.push_back({stage, subgraph.pattern, dram[stage.subgraph]});
  }
  return reports;
}

std::span<const Figure<StageReport>> stage_figures() {
  static const auto kFigures = make_figures();
  return kFigures;
}

std::string explain_text(std::span<const StageReport> stages, const TextStyle &style) {
  if (stages.empty())
    return "\nno mappings to explain: this machine is no tile accelerator\n";
  const auto figures = stage_figures();
  const auto only = [&](std::initializer_list<std::string_view> keys) {
    std::vector<Figure<StageReport>> chosen;
    for (const auto key : keys)
      for (const auto &figure : figures)
        if (figure.column.key == key)
          chosen.push_back(figure);
    return chosen;
  };
  TextStyle text = style;
  text.group_columns = 2;
  text.max_cell = 120; // mappings are what it is read for
  const auto where = only({"subgraph", "pattern", "stage", "dataflow", "mapping", "passes", "tiles",
                           "l2_bytes", "l2_capacity_bytes", "l3_bytes", "l3_capacity_bytes"});
  const auto what =
      only({"subgraph", "pattern", "stage", "dram_bytes", "prefetched_bytes", "fetched_ahead_bytes",
            "subgraph_dram_bytes", "compulsory_bytes", "array_utilisation", "time_us", "bound_by"});
  return "\nhow every subgraph is mapped\n\n" +
         to_text(tabulate<StageReport>(where, stages), text) + "\nwhat that takes\n\n" +
         to_text(tabulate<StageReport>(what, stages), text);
}

} // namespace fusesim::report
