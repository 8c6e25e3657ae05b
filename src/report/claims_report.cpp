#include "report/claims_report.hpp"

#include "claims/figures.hpp"
#include "report/run_report.hpp"
#include "report/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numeric>
#include <set>

namespace fusesim::report {

namespace {

using claims::Curve;
using claims::CurvePoint;
using claims::Outcome;
using claims::RunOutcome;
using claims::Sample;
using claims::Verdict;

std::string figure_name(const std::string &input) {
  const auto dot = input.find('.'), bracket = input.find('[');
  return dot == std::string::npos ? input : input.substr(dot + 1, bracket - dot - 1);
}

/// A figure as people read it, by its name: "7.22 ms", "146 MB", "69".
std::string human_figure(const std::string &name, double value) {
  const auto *info = claims::find_figure(name);
  const auto unit = info != nullptr ? info->unit : std::string_view();
  if (unit == "us")
    return human(value, Unit::microseconds);
  if (unit == "B")
    return human(value, Unit::bytes);
  if (unit == "FLOP")
    return human(value, Unit::flops);
  if (unit == "MAC")
    return human(value, Unit::macs);
  return claims::in_unit(value, unit);
}

std::string name_of(const RunOutcome &run) {
  return run.label.empty() ? run.run : fmt::format("{} {}", run.run, run.label);
}

bool uses_time(const Outcome &outcome) {
  return std::ranges::any_of(outcome.inputs, [](const auto &input) {
    const auto *info = claims::find_figure(figure_name(input.name));
    return info != nullptr && info->unit == "us";
  });
}

/// The parts of the latency with the largest `times`, largest first, as `write` has them; the least are left out.
template <class Write>
std::string largest_parts(const std::array<double, sim::kCauseCount> &times, Write write) {
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{},
                           [&](std::size_t i) { return std::abs(times[i]); });
  double sum = 0;
  for (const double time : times)
    sum += std::abs(time);
  constexpr std::size_t kMost = 3;
  constexpr double kLeastShare = 0.05;
  std::string text;
  for (std::size_t i = 0; i < kMost; ++i)
    if (const auto part = order[i]; std::abs(times[part]) > kLeastShare * sum)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                          title_of(static_cast<sim::Cause>(part)), write(times[part]));
  return text;
}

/// The parts of the latency that make most of the difference.
std::string difference_text(const RunOutcome &from, const RunOutcome &to) {
  std::array<double, sim::kCauseCount> changes{};
  for (std::size_t i = 0; i < changes.size(); ++i)
    changes[i] = to.attribution_us[i] - from.attribution_us[i];
  return largest_parts(changes, [](double change) {
    return fmt::format("{}{}", change < 0 ? "−" : "+", human(std::abs(change), Unit::microseconds));
  });
}

/// What most of the latency goes into.
std::string attribution_text(const RunOutcome &run) {
  return largest_parts(run.attribution_us,
                       [](double time) { return human(time, Unit::microseconds); });
}

std::string inputs_text(const Outcome &outcome) {
  constexpr std::size_t kMost = 6;
  std::string text;
  for (std::size_t i = 0; i < std::min(kMost, outcome.inputs.size()); ++i) {
    const auto &input = outcome.inputs[i];
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", input.name,
                        human_figure(figure_name(input.name), input.value));
  }
  return outcome.inputs.size() > kMost ? text + ", …" : text;
}

std::string series_text(const claims::SeriesOutcome &series, const std::string &unit) {
  std::string text;
  for (std::size_t i = 0; i < series.values.size(); ++i)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                        i < series.labels.size() ? series.labels[i] : std::to_string(i + 1),
                        claims::in_unit(series.values[i], unit));
  return text;
}

std::string value_text(double value, const Outcome &outcome) {
  if (outcome.claimed == "true")
    return value != 0 ? "true" : "false";
  return claims::in_unit(value, outcome.unit);
}

std::string bounds_text(const Sample &sample, const Outcome &outcome) {
  const auto shown = [&](double value) { return claims::in_unit(value, outcome.unit); };
  if (sample.from && sample.to)
    return fmt::format("{} to {}", shown(*sample.from), shown(*sample.to));
  if (sample.from)
    return fmt::format("{} {}", sample.open ? ">" : "≥", shown(*sample.from));
  return sample.to ? fmt::format("{} {}", sample.open ? "<" : "≤", shown(*sample.to)) : "";
}

std::string rows_text(std::span<const claims::MeasuredOutcome> all, const Outcome &outcome) {
  std::string text;
  for (const auto &measured : all)
    text += fmt::format("{}{}, {}", text.empty() ? "" : "; ", value_text(measured.value, outcome),
                        measured.holds ? "agrees" : "disagrees");
  return text;
}

std::string place_text(const Curve &curve, const CurvePoint &point) {
  return curve.numeric ? fmt::format("{:.4g}", point.x) : point.label;
}

/// Where along a curve rows are, and whether what was measured there is as claimed: "agree at batch 1, 8, disagree at batch 64".
std::string measured_along(const Curve &curve) {
  std::vector<std::string> agree, disagree;
  for (const auto &point : curve.points)
    if (!point.measured.empty()) {
      const bool all = std::ranges::all_of(point.measured, &claims::MeasuredOutcome::holds);
      (all ? agree : disagree).push_back(place_text(curve, point));
    }
  std::string text;
  const auto add = [&](const std::vector<std::string> &places, std::string_view verb) {
    if (!places.empty())
      text += fmt::format("{}{} at {} {}", text.empty() ? "" : ", ", verb, curve.title,
                          fmt::join(places, ", "));
  };
  add(agree, "agree");
  add(disagree, "disagree");
  return text;
}

// ---- details: facts and tables of one claim

/// " (expected: refuted)", where it is something else.
std::string expectation_text(const Outcome &outcome) {
  return outcome.expected && *outcome.expected != outcome.verdict
             ? fmt::format(" (expected: {})", claims::name_of(*outcome.expected))
             : "";
}

struct Fact {
  std::string title, text;
};

std::vector<Fact> facts_of(const Outcome &outcome) {
  std::vector<Fact> facts{{"claim", outcome.claim}, {"source", outcome.source}};
  facts.push_back({"verdict", verdict_text(outcome) + expectation_text(outcome)});
  if (!outcome.reason.empty())
    facts.push_back({"because", outcome.reason});
  if (!outcome.claimed.empty())
    facts.push_back({"claimed", outcome.claimed});
  if (outcome.simulated) {
    facts.push_back(
        {"simulated", fmt::format("{} = {}", outcome.formula, simulated_text(outcome))});
    facts.push_back({"of which", inputs_text(outcome)});
  }
  for (const auto &series : outcome.series)
    facts.push_back({series.text, series_text(series, outcome.unit)});
  for (const auto &measured : outcome.measured) {
    std::string rows;
    for (const auto &row : measured.rows)
      rows += fmt::format("{}{} {}", rows.empty() ? "" : ", ", row.name,
                          human(row.value, Unit::microseconds));
    facts.push_back(
        {"measured", fmt::format("{}: {} ({}); {}", value_text(measured.value, outcome),
                                 measured.holds ? "agrees" : "disagrees", rows, measured.source)});
  }
  for (const auto &curve : outcome.curves) {
    auto text = curve.everywhere ? std::string("holds everywhere")
                : curve.nowhere  ? std::string("holds nowhere")
                                 : fmt::format("holds where {}", curve.condition);
    if (const auto measured = measured_along(curve); !measured.empty())
      text += fmt::format("; measurements {}", measured);
    facts.push_back({fmt::format("along {}", curve.title), text});
  }
  if (outcome.simulated && uses_time(outcome))
    facts.push_back({"why", why_text(outcome)});
  if (!outcome.note.empty())
    facts.push_back({"note", outcome.note});
  return facts;
}

Cell time_cell(double us) { return us; }

/// Runs that were simulated, with what their latency went into.
Table simulated_runs(std::span<const RunOutcome> runs) {
  std::vector<Column> columns{{"run", "run"},
                              {"model", "model"},
                              {"target", "target"},
                              {"runtime", "runtime"},
                              {"strategy", "strategy"},
                              {"dtype", "dtype"},
                              {"batch", "batch", Unit::count},
                              {"launches", "launches", Unit::count},
                              {"dram_bytes", "DRAM bytes", Unit::bytes},
                              {"latency_us", "latency", Unit::microseconds}};
  for (std::size_t i = 0; i < sim::kCauseCount; ++i) {
    const auto title = std::string(title_of(static_cast<sim::Cause>(i)));
    columns.push_back({title, title, Unit::microseconds});
  }
  Table table(std::move(columns));
  for (const auto &run : runs) {
    if (!run.simulated)
      continue;
    std::vector<Cell> cells{name_of(run),
                            run.model,
                            run.target,
                            run.runtime,
                            run.strategy,
                            run.dtype,
                            std::int64_t{run.batch},
                            static_cast<std::uint64_t>(run.figure("launches")),
                            static_cast<std::uint64_t>(run.figure("dram_bytes")),
                            run.figure("latency_us")};
    for (const double part : run.attribution_us)
      cells.push_back(time_cell(part));
    table.add_row(std::move(cells));
  }
  return table;
}

/// Runs that were counted.
Table counted_runs(std::span<const RunOutcome> runs) {
  Table table({{"run", "run"},
               {"model", "model"},
               {"accounting", "accounting"},
               {"strategy", "strategy"},
               {"vocabulary", "vocabulary"},
               {"operators", "operators", Unit::count},
               {"subgraphs", "subgraphs", Unit::count},
               {"external_bytes", "external", Unit::bytes},
               {"internal_bytes", "internal", Unit::bytes},
               {"memory_reduction", "reduction", Unit::fraction},
               {"mean_intensity", "FLOP/B", Unit::flops_per_byte}});
  for (const auto &run : runs)
    if (!run.simulated)
      table.add_row({name_of(run), run.model, run.accounting, run.strategy, run.vocabulary,
                     static_cast<std::uint64_t>(run.figure("operators")),
                     static_cast<std::uint64_t>(run.figure("subgraphs")),
                     static_cast<std::uint64_t>(run.figure("external_bytes")),
                     static_cast<std::uint64_t>(run.figure("internal_bytes")),
                     run.figure("memory_reduction"), run.figure("mean_intensity")});
  return table;
}

Table curve_table(const Curve &curve, const Outcome &outcome) {
  Table table({{"x", curve.unit.empty()
                         ? curve.title
                         : fmt::format("{}, {}", curve.title, claims::shown_unit(curve.unit))},
               {"value", "simulated"},
               {"claimed", "claimed"},
               {"holds", "holds"},
               {"measured", "measured"}});
  for (const auto &point : curve.points) {
    const auto x = place_text(curve, point);
    if (!point.error.empty())
      table.add_row({x, Cell(), Cell(), point.error, Cell()});
    else
      table.add_row({x, value_text(point.sample.value, outcome), bounds_text(point.sample, outcome),
                     std::string(point.sample.holds ? "yes" : "no"),
                     point.measured.empty() ? Cell() : Cell(rows_text(point.measured, outcome))});
  }
  return table;
}

std::vector<Table> tables_of(const Outcome &outcome) {
  std::vector<Table> tables;
  for (auto &table : {simulated_runs(outcome.runs), counted_runs(outcome.runs)})
    if (!table.rows().empty())
      tables.push_back(table);
  for (const auto &curve : outcome.curves)
    tables.push_back(curve_table(curve, outcome));
  return tables;
}

Table overview(std::span<const Outcome> outcomes) {
  Table table({{"file", "file"},
               {"id", "claim"},
               {"verdict", "verdict"},
               {"claimed", "claimed"},
               {"simulated", "simulated"},
               {"measured", "measured"},
               {"why", "why"}});
  for (const auto &outcome : outcomes) {
    const auto verdict = fmt::format("{}{}{}", outcome.as_expected() ? "" : "✗ ",
                                     verdict_text(outcome), expectation_text(outcome));
    const auto cell = [](std::string text) { return text.empty() ? Cell() : Cell(text); };
    table.add_row({outcome.file, outcome.id, verdict, cell(outcome.claimed),
                   cell(simulated_text(outcome)), cell(measured_text(outcome)),
                   cell(why_text(outcome))});
  }
  return table;
}

// ---- markdown

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '*' || c == '_' || c == '[' || c == '`')
      out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string markdown_of(const Table &table) {
  std::string head = "|", rule = "|", rows;
  for (const auto &column : table.columns()) {
    head += fmt::format(" {} |", escaped(column.title));
    rule += column.unit == Unit::none ? "---|" : "---:|";
  }
  for (const auto &row : table.rows()) {
    rows += "|";
    for (std::size_t i = 0; i < row.size(); ++i)
      rows += fmt::format(" {} |", escaped(for_people(row[i], table.columns()[i].unit)));
    rows += "\n";
  }
  return fmt::format("{}\n{}\n{}", head, rule, rows);
}

/// GitHub's anchor of a heading.
std::string anchor(std::string_view heading) {
  std::string anchor;
  for (const char c : heading)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_')
      anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return anchor;
}

std::string markdown_overview(std::span<const Outcome> outcomes) {
  std::string text = "| claim | verdict | claimed | simulated | measured | why |\n"
                     "|---|---|---|---|---|---|\n";
  for (const auto &outcome : outcomes)
    text += fmt::format("| [{}](#{}) | {} | {} | {} | {} | {} |\n", escaped(outcome.claim),
                        anchor(outcome.id), escaped(verdict_text(outcome)),
                        escaped(outcome.claimed), escaped(simulated_text(outcome)),
                        escaped(measured_text(outcome)), escaped(why_text(outcome)));
  return text;
}

std::string markdown_details(const Outcome &outcome) {
  auto text = fmt::format("\n### {}\n\n", outcome.id);
  for (const auto &[title, fact] : facts_of(outcome))
    text += fmt::format("- **{}**: {}\n", escaped(title), escaped(fact));
  for (const auto &table : tables_of(outcome))
    text += fmt::format("\n{}", markdown_of(table));
  return text;
}

/// Outcomes of one file after the other.
std::vector<std::span<const Outcome>> by_file(std::span<const Outcome> outcomes) {
  std::vector<std::span<const Outcome>> files;
  for (std::size_t first = 0; first < outcomes.size();) {
    auto end = first;
    while (end < outcomes.size() && outcomes[end].file == outcomes[first].file)
      ++end;
    files.push_back(outcomes.subspan(first, end - first));
    first = end;
  }
  return files;
}

// ---- JSON

Json json_of(const std::optional<double> &value) { return value ? Json(*value) : Json(); }

Json json_of(const RunOutcome &run) {
  Json json = Json::object();
  json["run"] = run.run;
  json["label"] = run.label;
  json["model"] = run.model;
  json["simulated"] = run.simulated;
  json["strategy"] = run.strategy;
  json["batch"] = run.batch;
  json["size"] = run.size;
  if (run.simulated) {
    json["target"] = run.target;
    json["runtime"] = run.runtime;
    json["dtype"] = run.dtype;
    auto &parts = json["attribution_us"] = Json::object();
    for (std::size_t i = 0; i < sim::kCauseCount; ++i)
      parts[sim::name_of(static_cast<sim::Cause>(i))] = run.attribution_us[i];
  } else {
    json["accounting"] = run.accounting;
    json["vocabulary"] = run.vocabulary;
  }
  auto &figures = json["figures"] = Json::object();
  for (const auto &info : claims::figures())
    if (const auto found = run.figures.find(std::string(info.name)); found != run.figures.end())
      figures[found->first] = found->second;
  json["warnings"] = run.warnings;
  return json;
}

Json json_of(const claims::MeasuredOutcome &measured) {
  Json json = Json::object();
  json["value"] = measured.value;
  json["holds"] = measured.holds;
  json["source"] = measured.source;
  json["rows"] = Json::object();
  for (const auto &row : measured.rows)
    json["rows"][row.name] = row.value;
  return json;
}

Json json_of(const CurvePoint &point, bool numeric) {
  Json json = Json::object();
  json["x"] = numeric ? Json(point.x) : Json(point.label);
  const bool known = point.error.empty();
  json["simulated"] = known ? Json(point.sample.value) : Json();
  json["claimed_from"] = known ? json_of(point.sample.from) : Json();
  json["claimed_to"] = known ? json_of(point.sample.to) : Json();
  json["holds"] = known ? Json(point.sample.holds) : Json();
  const auto &measured = point.measured;
  json["measured"] = measured.empty() ? Json() : Json(measured.front().value);
  json["measurements"] = Json::array();
  for (const auto &one : measured)
    json["measurements"].push_back(json_of(one));
  json["error"] = known ? Json() : Json(point.error);
  return json;
}

Json json_of(const Curve &curve) {
  Json json = Json::object();
  json["parameter"] = curve.key;
  json["title"] = curve.title;
  json["unit"] = curve.unit;
  json["numeric"] = curve.numeric;
  json["logarithmic"] = curve.logarithmic;
  json["base"] = curve.base;
  json["condition"] = curve.condition;
  json["points"] = Json::array();
  for (const auto &point : curve.points)
    json["points"].push_back(json_of(point, curve.numeric));
  json["intervals"] = Json::array();
  for (const auto &interval : curve.intervals)
    if (curve.numeric)
      json["intervals"].push_back({{"from", interval.from}, {"to", interval.to}});
  return json;
}

Json json_of(const Outcome &outcome) {
  Json json = Json::object();
  json["id"] = outcome.id;
  json["file"] = outcome.file;
  json["claim"] = outcome.claim;
  json["source"] = outcome.source;
  json["note"] = outcome.note;
  json["claimed"] = outcome.claimed;
  json["simulated"] = outcome.simulated ? Json(outcome.simulated->value) : Json();
  json["measured"] = outcome.measured.empty() ? Json() : Json(outcome.measured.front().value);
  json["verdict"] = claims::name_of(outcome.verdict);
  json["condition"] = outcome.condition;
  json["reason"] = outcome.reason;
  json["expected"] = outcome.expected ? Json(claims::name_of(*outcome.expected)) : Json();
  json["as_expected"] = outcome.as_expected();
  json["against_measurement"] = outcome.against_measurement();
  const auto *unit = claims::find_unit(outcome.unit);
  json["unit"] = outcome.unit;
  json["unit_scale"] = unit != nullptr ? unit->scale : 1;
  json["value"] = outcome.formula;
  json["claimed_from"] = outcome.simulated ? json_of(outcome.simulated->from) : Json();
  json["claimed_to"] = outcome.simulated ? json_of(outcome.simulated->to) : Json();
  json["claimed_open"] = outcome.simulated && outcome.simulated->open;
  json["holds"] = outcome.simulated ? Json(outcome.simulated->holds) : Json();
  json["simulated_text"] = simulated_text(outcome);
  json["measured_text"] = measured_text(outcome);
  json["why"] = why_text(outcome);
  json["inputs"] = Json::object();
  for (const auto &input : outcome.inputs)
    json["inputs"][input.name] = input.value;
  json["series"] = Json::array();
  for (const auto &series : outcome.series)
    json["series"].push_back(
        {{"text", series.text}, {"labels", series.labels}, {"values", series.values}});
  json["measurements"] = Json::array();
  for (const auto &measured : outcome.measured)
    json["measurements"].push_back(json_of(measured));
  json["runs"] = Json::array();
  for (const auto &run : outcome.runs)
    json["runs"].push_back(json_of(run));
  json["curves"] = Json::array();
  for (const auto &curve : outcome.curves)
    json["curves"].push_back(json_of(curve));
  return json;
}

} // namespace

std::string verdict_text(const Outcome &outcome) {
  auto text = std::string(claims::name_of(outcome.verdict));
  if (outcome.verdict == Verdict::conditional)
    text += fmt::format(" {}", outcome.condition);
  return outcome.against_measurement() ? text + ", against what was measured" : text;
}

std::string simulated_text(const Outcome &outcome) {
  return outcome.simulated ? value_text(outcome.simulated->value, outcome) : std::string();
}

std::string measured_text(const Outcome &outcome) {
  if (!outcome.measured.empty())
    return rows_text(outcome.measured, outcome);
  std::string text;
  for (const auto &curve : outcome.curves)
    if (const auto along = measured_along(curve); !along.empty())
      text += fmt::format("{}{}", text.empty() ? "" : "; ", along);
  return text;
}

std::string why_text(const Outcome &outcome) {
  if (!outcome.reason.empty())
    return outcome.reason;
  if (!outcome.simulated)
    return {};
  if (!outcome.series.empty()) {
    std::string text;
    for (const auto &series : outcome.series)
      text += fmt::format("{}{}", text.empty() ? "" : "; ", series_text(series, outcome.unit));
    return text;
  }
  const auto &runs = outcome.runs;
  if (runs.size() == 2 && runs[0].simulated && runs[1].simulated && uses_time(outcome))
    return fmt::format("{} {} → {} {}: {}", name_of(runs[0]),
                       human(runs[0].figure("latency_us"), Unit::microseconds), name_of(runs[1]),
                       human(runs[1].figure("latency_us"), Unit::microseconds),
                       difference_text(runs[0], runs[1]));
  if (runs.size() == 1 && runs[0].simulated && uses_time(outcome))
    return fmt::format("{} {}: {}", name_of(runs[0]),
                       human(runs[0].figure("latency_us"), Unit::microseconds),
                       attribution_text(runs[0]));
  return inputs_text(outcome);
}

std::string claims_summary(std::span<const Outcome> outcomes) {
  std::string text = fmt::format("{} claim{}: ", outcomes.size(), outcomes.size() == 1 ? "" : "s");
  bool first = true;
  for (const auto verdict : {Verdict::supported, Verdict::refuted, Verdict::conditional,
                             Verdict::not_testable, Verdict::failed}) {
    const auto count = std::ranges::count(outcomes, verdict, &Outcome::verdict);
    if (count == 0)
      continue;
    const auto name = verdict == Verdict::conditional
                          ? std::string(count == 1 ? "holds only if …" : "hold only if …")
                          : std::string(claims::name_of(verdict));
    text += fmt::format("{}{} {}", first ? "" : ", ", count, name);
    first = false;
  }
  const auto against =
      std::ranges::count_if(outcomes, [](const auto &o) { return o.against_measurement(); });
  if (against > 0)
    text += fmt::format("; {} against what was measured", against);
  const auto other =
      std::ranges::count_if(outcomes, [](const auto &o) { return !o.as_expected(); });
  if (other > 0)
    text += fmt::format("; {} not as expected", other);
  return text;
}

std::string claims_text(const ClaimsReport &report, const TextStyle &style, bool details) {
  TextStyle grouped = style;
  grouped.hoist_columns = grouped.group_columns = 1;
  constexpr std::size_t kWidestCell = 110;
  grouped.max_cell = kWidestCell;
  std::string text = to_text(overview(report.outcomes), grouped);
  text += fmt::format("\n{}\n", claims_summary(report.outcomes));
  if (!details)
    return text;
  for (const auto &outcome : report.outcomes) {
    const auto facts = facts_of(outcome);
    std::size_t width = 0;
    for (const auto &fact : facts)
      width = std::max(width, display_width(fact.title));
    text += fmt::format("\n{}\n", outcome.id);
    for (const auto &[title, fact] : facts) {
      constexpr std::size_t kLine = 110;
      auto lead = "  " + pad_right(title, width) + "  ";
      for (const auto &line : wrap(fact, kLine)) {
        text += lead + line + "\n";
        lead = std::string(width + 4, ' ');
      }
    }
    for (const auto &table : tables_of(outcome))
      text += fmt::format("\n{}", to_text(table, style));
  }
  return text;
}

std::string claims_markdown(const ClaimsReport &report) {
  auto text = fmt::format("# Claims\n\n{}.\n", claims_summary(report.outcomes));
  const auto files = by_file(report.outcomes);
  for (const auto &outcomes : files) {
    const auto &file = outcomes.front().file;
    text += fmt::format("\n## {}\n\n", file);
    if (const auto found = report.descriptions.find(file);
        found != report.descriptions.end() && !found->second.empty())
      text += fmt::format("{}\n\n", escaped(found->second));
    text += markdown_overview(outcomes);
  }
  text += "\n# Each claim\n";
  for (const auto &outcome : report.outcomes)
    text += markdown_details(outcome);
  return text;
}

std::string claims_csv(const ClaimsReport &report) {
  Table table({{"file", ""},
               {"id", ""},
               {"verdict", ""},
               {"condition", ""},
               {"claimed", ""},
               {"unit", ""},
               {"claimed_from", ""},
               {"claimed_to", ""},
               {"simulated", ""},
               {"measured", ""},
               {"measured_holds", ""},
               {"against_measurement", ""},
               {"expected", ""},
               {"as_expected", ""},
               {"why", ""},
               {"claim", ""},
               {"source", ""}});
  const auto number = [](const std::optional<double> &value) {
    return value ? Cell(*value) : Cell();
  };
  for (const auto &o : report.outcomes) {
    const bool measured = !o.measured.empty();
    table.add_row({o.file, o.id, std::string(claims::name_of(o.verdict)), o.condition, o.claimed,
                   o.unit, o.simulated ? number(o.simulated->from) : Cell(),
                   o.simulated ? number(o.simulated->to) : Cell(),
                   o.simulated ? Cell(o.simulated->value) : Cell(),
                   measured ? Cell(o.measured.front().value) : Cell(),
                   measured ? Cell(o.measured.front().holds) : Cell(), o.against_measurement(),
                   o.expected ? Cell(std::string(claims::name_of(*o.expected))) : Cell(),
                   o.as_expected(), why_text(o), o.claim, o.source});
  }
  return to_csv(table);
}

Json claims_json(const ClaimsReport &report) {
  Json all = Json::array();
  for (const auto &outcome : report.outcomes)
    all.push_back(json_of(outcome));
  return all;
}

} // namespace fusesim::report
