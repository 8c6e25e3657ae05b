#include "report/sweep_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fusesim::report {

namespace {

using sweep::Crossover;
using sweep::Study;

constexpr std::size_t kMostLines = 30; // of a table for people

std::string with_unit(double value, const std::string &unit) {
  return fmt::format("{}{}{}", human(value, Unit::number), unit.empty() ? "" : " ", unit);
}

std::string percent(double share) { return fmt::format("{:.3g} %", 100 * share); }

Cell cell_of(const Study &study, const Study::Row &row, std::size_t dimension) {
  if (study.label(row, dimension).empty())
    return {};
  if (!study.dimensions[dimension].numeric)
    return study.label(row, dimension);
  const double number = study.number(row, dimension);
  return study.dimensions[dimension].whole ? Cell(static_cast<std::int64_t>(number)) : Cell(number);
}

/// What tells rows apart, then how they did. Dimensions that do not vary, or follow others, are for
/// machines only.
std::vector<Column> row_columns(const Study &study) {
  std::vector<Column> columns{{"configuration", "no", Unit::none}};
  for (const auto &dimension : study.dimensions) {
    const bool tells = (dimension.varies() && !dimension.tied) || dimension.name == "model";
    columns.push_back({dimension.name, tells ? dimension.name : "",
                       dimension.numeric ? Unit::number : Unit::none});
  }
  const bool has_latency =
      std::any_of(study.objectives.begin(), study.objectives.end(),
                  [](const auto &objective) { return objective.name == "latency_us"; });
  if (!has_latency)
    columns.push_back({"latency_us", "latency", Unit::microseconds});
  for (const auto &objective : study.objectives)
    columns.push_back({objective.name, objective.name == "latency_us" ? "latency" : objective.name,
                       unit_of_figure(objective.name)});
  return columns;
}

std::vector<Cell> row_cells(const Study &study, const Study::Row &row, std::size_t columns) {
  std::vector<Cell> cells{row.number};
  for (std::size_t i = 0; i < study.dimensions.size(); ++i)
    cells.push_back(cell_of(study, row, i));
  if (cells.size() + study.objectives.size() < columns)
    cells.emplace_back(row.latency_us);
  for (const double value : row.objectives)
    cells.emplace_back(value);
  return cells;
}

/// Names and sizes that vary, as a table's first columns.
void add_name_columns(const Study &study, const std::vector<std::size_t> &dimensions,
                      std::vector<Column> &columns) {
  for (const auto i : dimensions)
    columns.push_back({study.dimensions[i].name,
                       study.dimensions[i].varies() ? study.dimensions[i].name : "", Unit::none});
}

Table head_of(const Table &table, std::size_t lines) {
  Table head({table.columns().begin(), table.columns().end()});
  for (std::size_t i = 0; i < std::min(lines, table.rows().size()); ++i)
    head.add_row(table.rows()[i]);
  return head;
}

std::string section(std::string_view title, const Table &table, const TextStyle &style) {
  if (table.rows().empty())
    return {};
  std::string text = fmt::format("\n{}\n{}", title, to_text(head_of(table, kMostLines), style));
  if (table.rows().size() > kMostLines)
    text += fmt::format("… {} more; --format json has all\n", table.rows().size() - kMostLines);
  return text;
}

std::string_view kind_name(Crossover::Kind kind) {
  switch (kind) {
  case Crossover::Kind::below:
    return "below";
  case Crossover::Kind::above:
    return "above";
  case Crossover::Kind::always:
    return "always";
  case Crossover::Kind::never:
    return "never";
  case Crossover::Kind::mixed:
    break;
  }
  return "mixed";
}

/// "launch_us 2.04 us", "launch_us 1.7 to 2.4 us": ends that read the same are one.
/// Between whole numbers are no places.
std::string place_of(const Study::Dimension &along, double from, double to) {
  if (along.whole) {
    from = std::floor(from);
    to = std::ceil(to);
  }
  const auto first = human(from, Unit::number), last = human(to, Unit::number);
  return fmt::format("{} {}{}", along.name, first == last ? "" : first + " to ",
                     with_unit(to, along.unit));
}

std::string gain_text(const Crossover &crossover) {
  const auto least = percent(crossover.least_gain), most = percent(crossover.most_gain);
  return least == most ? "gain " + most : fmt::format("gain {} to {}", least, most);
}

/// Who is compared with whom, in the words of a finding.
struct Rivals {
  std::string better, reference;
  std::string loses, wins; ///< "gains less than 5 % over", "is slower than"
};

Rivals rivals_of(const Study &study, const Crossover &crossover) {
  const auto &labels = study.dimensions[crossover.compared].labels;
  Rivals rivals{labels[crossover.better], labels[crossover.reference], "is slower than",
                "is as fast as or faster than"};
  if (crossover.threshold > 0) {
    const auto threshold = percent(crossover.threshold);
    rivals.loses = fmt::format("gains less than {} over", threshold);
    rivals.wins = fmt::format("gains {} or more over", threshold);
  }
  return rivals;
}

/// "1.7 to 2.4 us": ends that lie outside of what was drawn are not claimed.
std::string spread_of(const Study::Dimension &along, const Crossover &crossover) {
  const auto &sample = *crossover.sample;
  const auto from = human(crossover.from, Unit::number), to = with_unit(crossover.to, along.unit);
  if (sample.from_is_open)
    return fmt::format("up to {}", to);
  return sample.to_is_open ? fmt::format("from {} up", with_unit(crossover.from, along.unit))
                           : fmt::format("{} to {}", from, to);
}

std::string sampled_sentence(const Study &study, const Crossover &crossover) {
  const auto rivals = rivals_of(study, crossover);
  const auto &sample = *crossover.sample;
  const auto gains = gain_text(crossover);
  using Kind = Crossover::Kind;
  if (crossover.along) {
    const auto &along = study.dimensions[*crossover.along];
    return fmt::format(
        "{} {} {} {} about {} (middle half of the settings: {}); {} drawn points, {}",
        rivals.better, rivals.loses, rivals.reference, kind_name(crossover.kind),
        place_of(along, sample.half, sample.half), spread_of(along, crossover), sample.points,
        gains);
  }
  if (crossover.kind != Kind::mixed)
    return fmt::format("{} {} {} at every one of {} drawn points; {}", rivals.better,
                       crossover.kind == Kind::always ? rivals.wins : rivals.loses,
                       rivals.reference, sample.points, gains);
  return fmt::format("{} {} {} at {} of {} drawn points; {}; {}", rivals.better, rivals.loses,
                     rivals.reference, sample.points - sample.paying, sample.points,
                     sample.too_few ? "too few to tell where" : "no field decides by itself",
                     gains);
}

} // namespace

SweepReport::SweepReport(sweep::Study study_, const SweepReportOptions &options_)
    : study(std::move(study_)), options(options_), best(sweep::best_rows(study, options.top)),
      pareto(sweep::pareto_front(study)), sensitivities(sweep::sensitivities(study)),
      crossovers(sweep::crossovers(study, options.threshold)) {}

Unit unit_of_figure(const std::string &name) {
  if (name.ends_with("_us"))
    return Unit::microseconds;
  if (name == "dram_bytes")
    return Unit::bytes;
  return name == "flops" ? Unit::flops : Unit::number;
}

Table best_table(const SweepReport &report) {
  auto columns = row_columns(report.study);
  const auto size = columns.size();
  columns.insert(columns.begin(), {"rank", "rank", Unit::none});
  Table table(std::move(columns));
  for (const auto &ranked : report.best) {
    auto cells = row_cells(report.study, *ranked.row, size);
    cells.insert(cells.begin(), std::uint64_t{ranked.rank});
    table.add_row(std::move(cells));
  }
  return table;
}

Table pareto_table(const SweepReport &report) {
  const auto columns = row_columns(report.study);
  Table table(columns);
  for (const auto *row : report.pareto)
    table.add_row(row_cells(report.study, *row, columns.size()));
  return table;
}

Table sensitivity_table(const SweepReport &report) {
  const auto &study = report.study;
  std::vector<Column> columns;
  const auto names = study.names();
  add_name_columns(study, names, columns);
  const auto shown = [&](std::string title, auto has) { // nothing anywhere is no column for people
    const bool any = std::any_of(report.sensitivities.begin(), report.sensitivities.end(), has);
    return any ? title : std::string();
  };
  const auto alone = [](const auto &item) { return item.alone.has_value(); };
  columns.insert(
      columns.end(),
      {{"field", "field", Unit::none},
       {"latency_at_least_us", shown("at least", alone), Unit::microseconds},
       {"latency_at_base_us", shown("at base", alone), Unit::microseconds},
       {"latency_at_greatest_us", shown("at greatest", alone), Unit::microseconds},
       {"swing", shown("swing", alone), Unit::fraction},
       {"elasticity", shown("elasticity", alone), Unit::number},
       {"first_order",
        shown("share of variance", [](const auto &item) { return item.first_order.has_value(); }),
        Unit::fraction},
       {"first_order_error",
        shown("±", [](const auto &item) { return item.first_order_error.has_value(); }),
        Unit::fraction},
       {"total",
        shown("with interactions", [](const auto &item) { return item.total.has_value(); }),
        Unit::fraction},
       {"total_error", shown("±", [](const auto &item) { return item.total_error.has_value(); }),
        Unit::fraction}});
  Table table(std::move(columns));
  for (const auto &item : report.sensitivities) {
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < names.size(); ++i)
      cells.emplace_back(study.dimensions[names[i]].labels[item.names[i]]);
    cells.emplace_back(study.dimensions[item.field].name);
    const auto &alone = item.alone;
    cells.push_back(alone ? Cell(alone->low_us) : Cell());
    cells.push_back(alone ? Cell(alone->base_us) : Cell());
    cells.push_back(alone ? Cell(alone->high_us) : Cell());
    cells.push_back(alone ? Cell(alone->swing) : Cell());
    cells.push_back(alone && alone->elasticity ? Cell(*alone->elasticity) : Cell());
    for (const auto &share :
         {item.first_order, item.first_order_error, item.total, item.total_error})
      cells.push_back(share ? Cell(*share) : Cell());
    table.add_row(std::move(cells));
  }
  return table;
}

std::string sentence_of(const SweepReport &report, const Crossover &crossover) {
  const auto &study = report.study;
  if (crossover.sample)
    return sampled_sentence(study, crossover);
  const auto [better, reference, loses, wins] = rivals_of(study, crossover);
  const auto &along = study.dimensions[*crossover.along];
  const auto gains = gain_text(crossover);
  const auto place = place_of(along, crossover.from, crossover.to);
  const auto some = crossover.crossing < crossover.curves
                        ? fmt::format(" ({} of {} settings of the other fields)",
                                      crossover.crossing, crossover.curves)
                        : std::string();
  using Kind = Crossover::Kind;
  switch (crossover.kind) {
  case Kind::below:
  case Kind::above:
    return fmt::format("{} {} {} {} {}{}; {}", better, loses, reference, kind_name(crossover.kind),
                       place, some, gains);
  case Kind::always:
    return fmt::format("{} {} {} at every {}; {}", better, wins, reference, along.name, gains);
  case Kind::never:
    return fmt::format("{} {} {} at every {}; {}", better, loses, reference, along.name, gains);
  case Kind::mixed:
    break;
  }
  return crossover.crossing > 0
             ? fmt::format("{} {} {} on parts of {}, between {}{}; {}", better, loses, reference,
                           along.name, place, some, gains)
             : fmt::format("{} {} {} for some settings of the other fields, at every {}; {}",
                           better, loses, reference, along.name, gains);
}

Table crossover_table(const SweepReport &report) {
  const auto &study = report.study;
  std::vector<std::size_t> given = study.names();
  const auto sizes = study.sizes();
  given.insert(given.end(), sizes.begin(), sizes.end());
  std::vector<Column> columns;
  add_name_columns(study, given, columns);
  for (std::size_t i = 0; i < given.size(); ++i) // what nothing is held at is no column for people
    if (std::none_of(report.crossovers.begin(), report.crossovers.end(), [&](const auto &item) {
          return std::find(item.given.begin(), item.given.end(), given[i]) != item.given.end();
        }))
      columns[i].title.clear();
  columns.insert(columns.end(), {{"compared", "", Unit::none},
                                 {"better", "", Unit::none},
                                 {"reference", "", Unit::none},
                                 {"along", "", Unit::none},
                                 {"threshold", "", Unit::none},
                                 {"kind", "", Unit::none},
                                 {"from", "", Unit::none},
                                 {"to", "", Unit::none},
                                 {"least_gain", "", Unit::none},
                                 {"most_gain", "", Unit::none},
                                 {"curves", "", Unit::none},
                                 {"crossing", "", Unit::none},
                                 {"points", "", Unit::none},
                                 {"paying", "", Unit::none},
                                 {"half", "", Unit::none},
                                 {"finding", "finding", Unit::none}});
  Table table(std::move(columns));
  for (const auto &item : report.crossovers) {
    std::vector<Cell> cells;
    for (const auto dimension : given) {
      const auto held = std::find(item.given.begin(), item.given.end(), dimension);
      const auto &labels = study.dimensions[dimension].labels;
      if (held != item.given.end())
        cells.emplace_back(
            labels[item.given_at[static_cast<std::size_t>(held - item.given.begin())]]);
      else
        cells.push_back(labels.size() == 1 && !labels[0].empty() ? Cell(labels[0]) : Cell());
    }
    const auto &labels = study.dimensions[item.compared].labels;
    const auto &sample = item.sample;
    const auto counted = [](bool known, std::uint64_t count) {
      return known ? Cell(count) : Cell();
    };
    cells.insert(
        cells.end(),
        {Cell(study.dimensions[item.compared].name), Cell(labels[item.better]),
         Cell(labels[item.reference]),
         item.along ? Cell(study.dimensions[*item.along].name) : Cell(), Cell(item.threshold),
         Cell(std::string(kind_name(item.kind))), item.has_place() ? Cell(item.from) : Cell(),
         item.has_place() ? Cell(item.to) : Cell(), Cell(item.least_gain), Cell(item.most_gain),
         counted(!sample, item.curves), counted(!sample, item.crossing),
         counted(sample.has_value(), sample ? sample->points : 0),
         counted(sample.has_value(), sample ? sample->paying : 0),
         sample && item.along ? Cell(sample->half) : Cell(), Cell(sentence_of(report, item))});
    table.add_row(std::move(cells));
  }
  return table;
}

Table failure_table(const SweepReport &report) {
  Table table({{"count", "count", Unit::count},
               {"example", "configuration", Unit::none},
               {"error", "error", Unit::none}});
  for (const auto &failure : report.study.failures)
    table.add_row({failure.count, failure.example, failure.error});
  return table;
}

std::string sweep_text(const SweepReport &report, const TextStyle &style) {
  const auto &study = report.study;
  std::string text = fmt::format("{}: {} of {} configurations, {} failed; {}\n", study.name,
                                 study.rows.size() + study.failed, study.configurations,
                                 study.failed, study.sampling);
  if (!study.description.empty())
    text += study.description + "\n";
  std::string objectives;
  for (const auto &objective : study.objectives)
    objectives += fmt::format("{}{} {}", objectives.empty() ? "" : ", ",
                              objective.maximise ? "most" : "least", objective.name);
  TextStyle wide = style;
  wide.max_cell = 200; // sentences
  text +=
      section(fmt::format("Best by {}", study.objectives.front().name), best_table(report), style);
  text += section(fmt::format("Pareto front: {}", objectives), pareto_table(report), style);
  text += section("Sensitivity of latency", sensitivity_table(report), style);
  text += section("Crossovers", crossover_table(report), wide);
  text += section("Failures", failure_table(report), wide);
  return text;
}

Json sweep_json(const SweepReport &report) {
  const auto &study = report.study;
  Json json;
  json["sweep"] = study.name;
  json["description"] = study.description;
  json["tool_version"] = study.tool_version;
  json["sampling"] = study.sampling;
  json["configurations"] = study.configurations;
  json["rows"] = study.rows.size() + study.failed;
  json["failed"] = study.failed;
  json["objectives"] = Json::array();
  for (const auto &objective : study.objectives)
    json["objectives"].push_back({{"name", objective.name},
                                  {"value", objective.value},
                                  {"goal", objective.maximise ? "maximise" : "minimise"}});
  json["best"] = to_json(best_table(report));
  json["pareto"] = to_json(pareto_table(report));
  json["sensitivity"] = to_json(sensitivity_table(report));
  json["crossovers"] = to_json(crossover_table(report));
  json["failures"] = to_json(failure_table(report));
  return json;
}

} // namespace fusesim::report
