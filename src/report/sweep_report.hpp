#pragma once

#include "report/formats.hpp"
#include "report/svg_plot.hpp"
#include "sweep/analysis.hpp"

#include <string>
#include <utility>
#include <vector>

namespace fusesim::report {

struct SweepReportOptions {
  std::size_t top = 10;    ///< best configurations of each workload
  double threshold = 0.05; ///< gain of fusion below which it is said not to pay
};

/// A study with what it shows.
struct SweepReport {
  SweepReport(sweep::Study study_, const SweepReportOptions &options_);
  SweepReport(const SweepReport &) = delete;
  SweepReport &operator=(const SweepReport &) = delete;

  sweep::Study study;
  SweepReportOptions options;
  std::vector<sweep::Ranked> best;
  std::vector<const sweep::Study::Row *> pareto;
  std::vector<sweep::Sensitivity> sensitivities;
  std::vector<sweep::Crossover> crossovers;
};

Table best_table(const SweepReport &report);
Table pareto_table(const SweepReport &report);
Table sensitivity_table(const SweepReport &report);
Table crossover_table(const SweepReport &report);
Table failure_table(const SweepReport &report);

/// Of a figure or objective, by its name: "latency_us" → microseconds.
Unit unit_of_figure(const std::string &name);

/// "attention gains less than 5 % over unfused below launch_us 2.04 us".
std::string sentence_of(const SweepReport &report, const sweep::Crossover &crossover);

/// All of it for people; long lists cut.
std::string sweep_text(const SweepReport &report, const TextStyle &style);
Json sweep_json(const SweepReport &report);

/// Plots with the file names that they go by: latency along each field, gain of fusion along each
/// field, Pareto fronts, sensitivities.
std::vector<std::pair<std::string, std::string>> sweep_plots(const SweepReport &report);

} // namespace fusesim::report
