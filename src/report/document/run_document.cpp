#include "report/document/run_document.hpp"

#include "partition/summary.hpp"
#include "report/document/timeline_document.hpp"
#include "report/explain_report.hpp"

namespace fusesim::report {

namespace {

double microseconds(sim::Picoseconds time) { return static_cast<double>(time) / 1e6; }

Json roofline_json(const targets::Roofline &roofline) {
  const auto list = [](std::span<const targets::Roof> roofs) {
    Json json = Json::array();
    for (const auto &roof : roofs)
      json.push_back({{"name", roof.name}, {"per_second", roof.per_second}});
    return json;
  };
  return {{"compute", list(roofline.compute)}, {"bandwidth", list(roofline.bandwidth)}};
}

Json operators_json(const partition::PartitionSummary &summary) {
  Json list = Json::array();
  for (const auto &op : summary.operators)
    list.push_back({{"name", op.name},
                    {"kind", op.kind},
                    {"shape", op.shape},
                    {"flops", op.flops},
                    {"works", op.counts},
                    {"subgraph", op.subgraph}});
  return list;
}

Json edges_json(const partition::PartitionSummary &summary) {
  Json list = Json::array();
  for (const auto &edge : summary.edges) {
    Json json{{"producer", edge.producer},
              {"consumer", edge.consumer},
              {"shape", edge.shape},
              {"bytes", edge.bytes}};
    if (edge.refusal)
      json["refusal"] = partition::name_of(*edge.refusal);
    json["detail"] = edge.detail;
    list.push_back(std::move(json));
  }
  return list;
}

Json inputs_json(const partition::PartitionSummary &summary) {
  Json list = Json::array();
  for (const auto &input : summary.inputs)
    list.push_back({{"name", input.name}, {"shape", input.shape}, {"readers", input.readers}});
  return list;
}

/// Groups of tasks of one launch; those that only differ in a byte here and there are one.
Json tasks_json(const sim::Topology &topology, const sim::Launch &launch) {
  Json list = Json::array();
  for (const auto &stage : launch.stages)
    for (const auto &group : stage.groups) {
      const auto &units = topology.unit_classes[group.unit_class];
      const bool same = !list.empty() && list.back()["name"] == group.name &&
                        list.back()["scratch_bytes"] == group.scratch_bytes &&
                        list.back()["per_unit"] == group.tasks_per_unit;
      if (same) {
        list.back()["count"] = list.back()["count"].get<std::uint64_t>() + group.count;
        continue;
      }
      list.push_back({{"name", group.name},
                      {"count", group.count},
                      {"per_unit", group.tasks_per_unit},
                      {"unit", units.name},
                      {"units", units.count},
                      {"scratch_bytes", group.scratch_bytes}});
    }
  return list;
}

Json kernels_json(const targets::Experiment &experiment) {
  const auto &launches = experiment.lowered.program.launches;
  Json list = Json::array();
  for (std::size_t i = 0; i < launches.size(); ++i) {
    const auto &result = experiment.run.launches[i];
    Json attribution = Json::array();
    for (const auto time : result.attribution)
      attribution.push_back(microseconds(time));
    list.push_back({{"name", launches[i].name},
                    {"subgraph", launches[i].tag},
                    {"host_only", launches[i].kind == sim::Launch::Kind::host_only},
                    {"start_us", microseconds(result.start)},
                    {"end_us", microseconds(result.end)},
                    {"attribution_us", std::move(attribution)},
                    {"tasks", tasks_json(experiment.lowered.topology, launches[i])}});
  }
  return list;
}

} // namespace

Json run_document(const RunReport &report, const targets::Roofline &roofline) {
  Json json = run_json(report);
  for (std::size_t i = 0; i < report.subgraphs.size(); ++i)
    json["subgraphs"][i]["attribution_us"] = report.subgraphs[i].attribution_us;
  json["roofline"] = roofline_json(roofline);
  return json;
}

Json detailed_run_document(const targets::Experiment &experiment, const RunReport &report,
                           const targets::Roofline &roofline) {
  Json json = run_document(report, roofline);
  const auto summary = partition::summarise(experiment.graph, experiment.partition);
  json["operators"] = operators_json(summary);
  json["edges"] = edges_json(summary);
  json["graph_inputs"] = inputs_json(summary);
  json["kernels"] = kernels_json(experiment);
  if (const auto stages = explain(experiment); !stages.empty())
    json["stages"] = table_document(tabulate<StageReport>(stage_figures(), stages));
  if (!experiment.run.timeline.empty())
    json["timeline"] = timeline_document(experiment.lowered.topology, experiment.run);
  return json;
}

} // namespace fusesim::report
