#include "report/run_report.hpp"

#include "ir/cost.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ranges>

namespace fusesim::report {

namespace {

// Division, not multiplication by 1e-6: correctly rounded, so that equal instants stay equal.
double microseconds(sim::Picoseconds time) { return static_cast<double>(time) / 1e6; }

struct SubgraphTimes {
  sim::Picoseconds start = 0, end = 0, busy = 0;
  std::array<sim::Picoseconds, sim::kCauseCount> attribution{};
  bool launched = false;
};

// Times of each subgraph from the launches that carry its id. Host-only steps give times to
// subgraphs that have nothing else (an operator that only costs the framework time).
std::vector<SubgraphTimes> subgraph_times(const targets::Experiment &experiment) {
  std::vector<SubgraphTimes> times(experiment.partition.subgraphs.size());
  const auto &launches = experiment.lowered.program.launches;
  for (const auto wanted : {sim::Launch::Kind::kernel, sim::Launch::Kind::host_only}) {
    std::vector<bool> done(times.size());
    for (std::size_t i = 0; i < times.size(); ++i)
      done[i] = times[i].launched;
    for (std::size_t i = 0; i < launches.size(); ++i) {
      const auto tag = launches[i].tag;
      if (launches[i].kind != wanted || tag >= times.size() || done[tag])
        continue;
      const sim::LaunchResult &result = experiment.run.launches[i];
      SubgraphTimes &t = times[tag];
      t.start = t.launched ? std::min(t.start, result.start) : result.start;
      t.end = std::max(t.end, result.end);
      t.busy += result.end - result.start;
      for (std::size_t c = 0; c < sim::kCauseCount; ++c)
        t.attribution[c] += result.attribution[c];
      t.launched = true;
    }
  }
  return times;
}

std::string bound_by(const SubgraphTimes &times) {
  const auto largest = std::max_element(times.attribution.begin(), times.attribution.end());
  if (!times.launched || *largest <= 0)
    return "none";
  return sim::name_of(static_cast<sim::Cause>(largest - times.attribution.begin()));
}

SubgraphReport describe(const targets::Experiment &experiment,
                        const partition::Subgraph &subgraph) {
  SubgraphReport report;
  report.id = subgraph.id;
  report.pattern = subgraph.pattern;
  for (const ir::NodeId id : subgraph.nodes) {
    const ir::Node &node = experiment.graph.node(id);
    report.operators.push_back(node.name);
    report.flops += 2 * ir::work_of(experiment.graph, node).macs;
  }
  const partition::Traffic traffic =
      partition::traffic_of(experiment.graph, experiment.partition, subgraph);
  report.input_bytes = traffic.input;
  report.output_bytes = traffic.output;
  report.weight_bytes = traffic.weight;
  report.internal_bytes = traffic.internal;
  if (subgraph.id < experiment.lowered.notes.size())
    report.notes = experiment.lowered.notes[subgraph.id];
  return report;
}

std::vector<SubgraphReport> describe_subgraphs(const targets::Experiment &experiment) {
  const std::vector<SubgraphTimes> times = subgraph_times(experiment);
  std::vector<SubgraphReport> reports;
  sim::Picoseconds passed = 0; // where a subgraph without launches stands: after all before it
  for (const auto &subgraph : experiment.partition.subgraphs) {
    SubgraphReport report = describe(experiment, subgraph);
    const SubgraphTimes &t = times[subgraph.id];
    report.start_us = microseconds(t.launched ? t.start : passed);
    report.end_us = microseconds(t.launched ? t.end : passed);
    report.busy_us = microseconds(t.busy);
    for (std::size_t c = 0; c < sim::kCauseCount; ++c)
      report.attribution_us[c] = microseconds(t.attribution[c]);
    report.bound_by = bound_by(t);
    passed = std::max(passed, t.end);
    reports.push_back(std::move(report));
  }
  return reports;
}

std::vector<Figure<RunReport>> make_run_figures() {
  using R = RunReport;
  std::vector<Figure<R>> figures{
      {{"model", "model"}, [](const R &r) { return r.model; }},
      {{"target", "target"}, [](const R &r) { return r.target; }},
      {{"runtime", "runtime"}, [](const R &r) { return r.runtime; }},
      {{"strategy", "strategy"}, [](const R &r) { return r.strategy; }},
      {{"dtype", "dtype"}, [](const R &r) { return r.dtype; }},
      {{"batch", "batch"}, [](const R &r) { return r.batch; }},
      {{"image_size", "image size"},
       [](const R &r) { return r.image_size ? Cell(*r.image_size) : Cell(); }},
      {{"inputs", ""}, [](const R &r) { return r.inputs; }},
      {{"latency_us", "latency", Unit::microseconds}, [](const R &r) { return r.latency_us; }},
      {{"launches", "launches", Unit::count}, [](const R &r) { return r.launches; }},
      {{"dram_bytes", "DRAM bytes", Unit::bytes}, [](const R &r) { return r.dram_bytes; }},
      {{"flops", "work", Unit::flops}, [](const R &r) { return r.flops; }},
  };
  for (std::size_t c = 0; c < sim::kCauseCount; ++c) {
    const auto cause = static_cast<sim::Cause>(c);
    figures.push_back({{fmt::format("attribution_us.{}", sim::name_of(cause)),
                        std::string(title_of(cause)), Unit::microseconds},
                       [c](const R &r) { return r.attribution_us[c]; }});
  }
  return figures;
}

std::vector<Figure<SubgraphReport>> make_subgraph_figures() {
  using S = SubgraphReport;
  return {
      {{"id", "id"}, [](const S &s) { return std::uint64_t{s.id}; }},
      {{"pattern", "pattern"}, [](const S &s) { return s.pattern; }},
      {{"operators", "operators"}, [](const S &s) { return s.operators; }},
      {{"flops", "work", Unit::flops}, [](const S &s) { return s.flops; }},
      {{"input_bytes", "in", Unit::bytes}, [](const S &s) { return s.input_bytes; }},
      {{"output_bytes", "out", Unit::bytes}, [](const S &s) { return s.output_bytes; }},
      {{"weight_bytes", "weights", Unit::bytes}, [](const S &s) { return s.weight_bytes; }},
      {{"internal_bytes", "internal", Unit::bytes}, [](const S &s) { return s.internal_bytes; }},
      {{"start_us", "start", Unit::microseconds}, [](const S &s) { return s.start_us; }},
      {{"end_us", "", Unit::microseconds}, [](const S &s) { return s.end_us; }},
      {{"busy_us", "time", Unit::microseconds}, [](const S &s) { return s.busy_us; }},
      {{"bound_by", "bound by"}, [](const S &s) { return s.bound_by; }},
      {{"notes", ""}, [](const S &s) { return s.notes; }},
  };
}

struct CauseShare {
  std::string_view title;
  double us = 0, share = 0;
};

std::string attribution_text(const RunReport &report, const TextStyle &style) {
  static const std::vector<Figure<CauseShare>> kFigures{
      {{"cause", "where the time goes"}, [](const CauseShare &s) { return std::string(s.title); }},
      {{"us", "time", Unit::microseconds}, [](const CauseShare &s) { return s.us; }},
      {{"share", "share", Unit::fraction}, [](const CauseShare &s) { return s.share; }},
  };
  std::vector<CauseShare> shares;
  double sum = 0;
  for (std::size_t c = 0; c < sim::kCauseCount; ++c) {
    const double us = report.attribution_us[c];
    sum += us;
    shares.push_back({title_of(static_cast<sim::Cause>(c)), us,
                      report.latency_us > 0 ? us / report.latency_us : 0});
  }
  shares.push_back({"total", sum, report.latency_us > 0 ? sum / report.latency_us : 0});
  return to_text(tabulate<CauseShare>(kFigures, shares), style);
}

std::string subgraph_text(const RunReport &report, const RunText &options) {
  std::vector<SubgraphReport> shown = report.subgraphs;
  std::string title = fmt::format("all {} subgraphs", shown.size());
  if (options.top_subgraphs > 0) {
    std::erase_if(shown, [](const SubgraphReport &s) { return s.busy_us == 0; });
    std::stable_sort(shown.begin(), shown.end(),
                     [](const auto &a, const auto &b) { return a.busy_us > b.busy_us; });
    const std::size_t kept = std::min(options.top_subgraphs, shown.size());
    title = fmt::format("the {} subgraphs of {} that take longest", kept, report.subgraphs.size());
    shown.resize(kept);
  }
  TextStyle style = options.style;
  style.max_cell = 44;
  return title + "\n\n" + to_text(tabulate<SubgraphReport>(subgraph_figures(), shown), style);
}

// Equal remarks of many subgraphs become one line, where the first of them stands.
std::string notes_text(const RunReport &report) {
  std::map<std::string_view, std::vector<std::uint32_t>> by_text;
  std::vector<std::string_view> in_order;
  for (const SubgraphReport &subgraph : report.subgraphs)
    for (const std::string &note : subgraph.notes) {
      std::vector<std::uint32_t> &ids = by_text[note];
      if (ids.empty())
        in_order.push_back(note);
      ids.push_back(subgraph.id);
    }
  if (in_order.empty())
    return {};
  constexpr std::size_t kShown = 8;
  std::string text = "\nnotes\n";
  for (const std::string_view note : in_order | std::views::take(kShown)) {
    const std::vector<std::uint32_t> &ids = by_text[note];
    text += fmt::format("  subgraph {}{}: {}\n", ids.front(),
                        ids.size() > 1 ? fmt::format(" and {} more", ids.size() - 1) : "", note);
  }
  if (in_order.size() > kShown)
    text +=
        fmt::format("  … and {} more notes (--format json has all)\n", in_order.size() - kShown);
  return text;
}

} // namespace

std::string_view title_of(sim::Cause cause) {
  switch (cause) {
  case sim::Cause::host_dispatch:
    return "host dispatch";
  case sim::Cause::launch_gap:
    return "launch gaps";
  case sim::Cause::compute:
    return "compute";
  case sim::Cause::dram:
    return "DRAM";
  case sim::Cause::on_chip:
    return "on-chip";
  case sim::Cause::fill_drain:
    return "fill/drain";
  case sim::Cause::tail:
    return "tail";
  }
  return "?";
}

RunReport report_of(const targets::Experiment &experiment, const Workload &workload) {
  RunReport report;
  report.model = workload.model;
  report.target = experiment.machine;
  report.runtime = experiment.runtime;
  report.strategy = experiment.partition.strategy;
  report.dtype = targets::name_of(experiment.precision);
  report.batch = workload.batch;
  report.image_size = workload.image_size;
  report.inputs = workload.inputs;
  report.latency_us = microseconds(experiment.run.latency);
  report.launches = experiment.launches();
  report.dram_bytes = experiment.dram_bytes();
  report.flops = ir::totals_of(experiment.graph).flops;
  for (std::size_t c = 0; c < sim::kCauseCount; ++c)
    report.attribution_us[c] = microseconds(experiment.run.attribution[c]);
  report.subgraphs = describe_subgraphs(experiment);
  report.warnings = workload.warnings;
  return report;
}

std::span<const Figure<RunReport>> run_figures() {
  static const std::vector<Figure<RunReport>> kFigures = make_run_figures();
  return kFigures;
}

std::span<const Figure<SubgraphReport>> subgraph_figures() {
  static const std::vector<Figure<SubgraphReport>> kFigures = make_subgraph_figures();
  return kFigures;
}

std::string run_text(const RunReport &report, const RunText &options) {
  // The causes have a table of their own.
  std::vector<Figure<RunReport>> head(run_figures().begin(), run_figures().end());
  std::erase_if(head, [](const auto &f) { return f.column.key.starts_with("attribution_us."); });
  return to_text_block(tabulate<RunReport>(head, {&report, 1}), options.style) + "\n" +
         attribution_text(report, options.style) + "\n" + subgraph_text(report, options) +
         notes_text(report);
}

Json run_json(const RunReport &report) {
  Json json = to_json_object(tabulate<RunReport>(run_figures(), {&report, 1}));
  json["subgraphs"] = to_json(tabulate<SubgraphReport>(subgraph_figures(), report.subgraphs));
  json["warnings"] = report.warnings;
  return json;
}

std::string run_csv(const RunReport &report, bool per_subgraph) {
  return per_subgraph ? to_csv(tabulate<SubgraphReport>(subgraph_figures(), report.subgraphs))
                      : to_csv(tabulate<RunReport>(run_figures(), {&report, 1}));
}

} // namespace fusesim::report
