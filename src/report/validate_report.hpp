#pragma once

#include "report/formats.hpp"
#include "validate/run.hpp"

namespace fusesim::report {

/// Everything that `fusesim validate` says about one file of measurements.
struct ValidateReport {
  const validate::Dataset *dataset = nullptr;
  std::vector<validate::Outcome> outcomes;
  validate::Summary summary;
  std::vector<validate::Group> groups;
  std::vector<validate::SpeedUp> speed_ups;
};

ValidateReport report_of(const validate::Dataset &dataset, std::vector<validate::Outcome> outcomes,
                         std::vector<validate::Group> groups,
                         std::vector<validate::SpeedUp> speed_ups);

/// Summary, groups, speed-ups, the `worst` rows with what their time went into, and every row that failed.
std::string validate_text(const ValidateReport &report, const TextStyle &style = {},
                          std::size_t worst = 10);
/// The file's rows with `predicted`, `error` and, where there is one, `failure`.
std::string validate_csv(const ValidateReport &report);
/// {"rows","failed","mape","median_ape","bias","kendall_tau","groups":[…],"speed_ups":[…],"predictions":[{row…}]}
Json validate_json(const ValidateReport &report);

/// {"rows","mape","median_ape","bias","kendall_tau","failed"}
Json validate_summary_json(const ValidateReport &report);
Table validate_group_table(const ValidateReport &report);
Table validate_speed_up_table(const ValidateReport &report);

/// Every row as a point, measured to the right, predicted upwards, both logarithmic: one <svg> element.
std::string validate_svg(const ValidateReport &report);

} // namespace fusesim::report
