#pragma once

#include "validate/case.hpp"
#include "validate/statistics.hpp"

#include <functional>
#include <optional>

namespace fusesim::validate {

/// What became of one case.
struct Outcome {
  const Case *measurement = nullptr;
  std::optional<Prediction> prediction; ///< empty: `failure` says why
  std::string failure;

  double error() const { return prediction->value / measurement->measured - 1; }
};

/// Predicts every case, in the order of the rows. A case that fails becomes an outcome with its failure.
/// @param on_progress  called with the number of cases done so far
std::vector<Outcome> run_cases(const Dataset &dataset, Bench &bench,
                               const std::function<void(std::size_t)> &on_progress = {});

/// Of those that were predicted.
Summary summarise(std::span<const Outcome> outcomes);

/// Cases that agree in some of their labels.
struct Group {
  std::string key; ///< "machine=a100-sxm-40gb", "machine=… dtype=f16"
  Summary summary;
};
enum class Label : std::uint8_t { machine, runtime, model, dtype, batch };
inline constexpr std::array kLabels{Label::machine, Label::runtime, Label::model, Label::dtype,
                                    Label::batch};
std::string key_of(const Labels &labels, Label label); ///< "machine=rtx-3090"
/// In order of the key; batches by size.
std::vector<Group> group_by(std::span<const Outcome> outcomes, std::span<const Label> labels);

/// The same work, measured under a runtime that fuses and under one that does not.
struct SpeedUp {
  const Outcome *unfused = nullptr, *fused = nullptr;
  double measured = 0, predicted = 0; ///< unfused / fused latency
  double error() const { return predicted / measured - 1; }
};
/// Every pair of such rows that were predicted, as they lie in the file.
std::vector<SpeedUp> speed_ups(std::span<const Outcome> outcomes, Bench &bench);

} // namespace fusesim::validate
