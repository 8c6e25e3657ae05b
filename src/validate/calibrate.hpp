#pragma once

#include "validate/run.hpp"

#include <functional>
#include <span>
#include <string>
#include <vector>

/// Fits the few constants that configs declare as `calibrated` to measurements, and asks how well they carry over to
/// what they were not fitted to.
namespace fusesim::validate {

/// One constant that may be chosen.
struct Parameter {
  std::string file; ///< a generation or a runtime, as in Constant
  std::string key;
  double min = 0, max = 0;
  double value = 0; ///< as the config has it
};

/// Every calibrated constant of the machines and runtimes that the rows name, in the order of files and keys. Rows
/// whose machine or runtime is unknown are passed over: predicting them says why. Throws Error where all rows are such.
std::vector<Parameter> parameters_of(std::span<const Dataset> datasets, Bench &bench);

struct FitOptions {
  unsigned max_evaluations = 400; ///< simulations of all rows
  /// What it costs that generations differ in a constant, beside the loss: this, times the squared distance from the
  /// mean of those with the same key and bounds, in ranges (partial pooling). A constant that no row determines stays
  /// near its neighbours'; one that rows determine is hardly moved, since a tenth of its range costs a hundredth of this.
  double pooling = 0.05;
  std::function<void(unsigned evaluation, double loss)> on_progress = {};
};

struct Fit {
  std::vector<Parameter> parameters; ///< with the fitted values
  double loss_before = 0,
         loss = 0; ///< mean of |ln(predicted / measured)|, every file weighing the same
  unsigned evaluations = 0;
};

/// Minimises the loss and the cost of `pooling` over `parameters` within their bounds, from their values, without
/// derivatives, one file's constants after another's (NLopt's SBPLX: Rowan's subplex). `use` says which cases count; empty: all.
Fit fit(std::span<const Dataset> datasets, std::vector<Parameter> parameters,
        const std::function<bool(const Case &)> &use = {}, const FitOptions &options = {});

/// How much the loss changes when one constant moves by a tenth of its range, up and down.
struct Sensitivity {
  Parameter parameter;
  double down = 0, up = 0; ///< loss there minus loss here
};
std::vector<Sensitivity> sensitivities(std::span<const Dataset> datasets,
                                       std::span<const Parameter> parameters);

/// Leave one out: for every value of `label` that networks have (or any rows, where no file is one of networks), fits
/// to all other rows and predicts its own. Constants of a generation or runtime begin from `parameters`, or from the
/// middle of their bounds where more than a tenth of its rows is left out, so that nothing of those carries over; such a
/// fit takes up to five times as many evaluations. One that no other row depends on becomes the mean of those with its key
/// and bounds, or stays in the middle. `only`: of these keys alone, all where empty. Empty where there is nothing else to
/// fit to.
struct Fold {
  std::string key; ///< "machine=rtx-3090"
  Summary fitted;  ///< of its rows with the constants fitted to everything
  Summary left_out;
};
/// Keys of the folds that leave_one_out makes, in their order.
std::vector<std::string> fold_keys(std::span<const Dataset> datasets, Label label,
                                   std::span<const std::string> only = {});
std::vector<Fold> leave_one_out(std::span<const Dataset> datasets,
                                std::span<const Parameter> parameters, Label label,
                                const FitOptions &options = {},
                                std::span<const std::string> only = {});

} // namespace fusesim::validate
