#include "report/calibrate_report.hpp"

#include <fmt/format.h>

namespace fusesim::report {

namespace {

using validate::Fold;
using validate::Sensitivity;

std::string digits(double value) { return fmt::format("{:.4g}", value); }

std::vector<Figure<Sensitivity>> constant_figures() {
  return {
      {{"file", "file"}, [](const Sensitivity &s) { return s.parameter.file; }},
      {{"key", "constant"}, [](const Sensitivity &s) { return s.parameter.key; }},
      {{"value", ""}, [](const Sensitivity &s) { return s.parameter.value; }},
      {{"", "value"}, [](const Sensitivity &s) { return digits(s.parameter.value); }},
      {{"min", "from"}, [](const Sensitivity &s) { return s.parameter.min; }},
      {{"max", "to"}, [](const Sensitivity &s) { return s.parameter.max; }},
      {{"loss_lower", "10 % of range down", Unit::fraction},
       [](const Sensitivity &s) { return s.down; }},
      {{"loss_higher", "up", Unit::fraction}, [](const Sensitivity &s) { return s.up; }},
  };
}

std::vector<Figure<Fold>> fold_figures() {
  return {
      {{"left_out", "left out"}, [](const Fold &f) { return f.key; }},
      {{"rows", "rows", Unit::count}, [](const Fold &f) { return std::uint64_t{f.fitted.rows}; }},
      {{"mape_fitted", "mean error, fitted to all", Unit::fraction},
       [](const Fold &f) { return f.fitted.mape; }},
      {{"mape", "fitted to the others", Unit::fraction},
       [](const Fold &f) { return f.left_out.mape; }},
      {{"bias", "bias", Unit::fraction}, [](const Fold &f) { return f.left_out.bias; }},
  };
}

template <class T> Table table_of(const std::vector<Figure<T>> &figures, std::span<const T> items) {
  return tabulate<T>(std::span<const Figure<T>>(figures), items);
}

} // namespace

std::string calibrate_text(const CalibrateReport &report, const TextStyle &style) {
  auto text = fmt::format("loss {:.4f}, was {:.4f}; {} evaluations\n\n", report.fit.loss,
                          report.fit.loss_before, report.fit.evaluations);
  text += to_text(table_of<Sensitivity>(constant_figures(), report.sensitivities), style);
  if (!report.folds.empty())
    text += "\nLeft out of the fit, and predicted with what the others gave\n" +
            to_text(table_of<Fold>(fold_figures(), report.folds), style);
  return text;
}

std::string calibrate_csv(const CalibrateReport &report) {
  return to_csv(table_of<Sensitivity>(constant_figures(), report.sensitivities));
}

Json calibrate_json(const CalibrateReport &report) {
  Json object = Json::object();
  object["loss_before"] = report.fit.loss_before;
  object["loss"] = report.fit.loss;
  object["evaluations"] = report.fit.evaluations;
  object["constants"] = to_json(table_of<Sensitivity>(constant_figures(), report.sensitivities));
  object["left_out"] = to_json(table_of<Fold>(fold_figures(), report.folds));
  return object;
}

} // namespace fusesim::report
