#pragma once

#include "report/formats.hpp"
#include "validate/calibrate.hpp"

namespace fusesim::report {

struct CalibrateReport {
  validate::Fit fit;
  std::vector<validate::Sensitivity> sensitivities; ///< of the fitted parameters, in their order
  std::vector<validate::Fold> folds;                ///< empty: not asked for
};

std::string calibrate_text(const CalibrateReport &report, const TextStyle &style = {});
/// One line per constant.
std::string calibrate_csv(const CalibrateReport &report);
/// {"loss_before","loss","evaluations","constants":[…],"left_out":[…]}
Json calibrate_json(const CalibrateReport &report);

} // namespace fusesim::report
