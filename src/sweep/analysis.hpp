#pragma once

#include "sweep/study.hpp"

#include <optional>

/// What a study shows. Configurations compete only within a workload, a model at one size: a small
/// network is no better design than a large one.
namespace fusesim::sweep {

struct Ranked {
  const Study::Row *row = nullptr;
  std::size_t rank = 1; ///< within its workload
};
/// The first `top` of each workload by the first objective.
std::vector<Ranked> best_rows(const Study &study, std::size_t top);

/// Rows that no other row of their workload beats in one objective without losing in another; of
/// rows with equal objectives the first. By workload, then by the first objective.
std::vector<const Study::Row *> pareto_front(const Study &study);

/// How latency depends on one field, for one model, target, runtime, dtype and strategy.
struct Sensitivity {
  std::vector<std::uint32_t> names; ///< positions in the labels of Study::names()
  std::size_t field = 0;            ///< dimension

  /// One at a time: this field over its whole range, all others at their base. Absent where no such
  /// rows are.
  struct OneAtATime {
    double low_us = 0, base_us = 0, high_us = 0; ///< at its least, base and greatest value
    double swing = 0;                 ///< (largest − smallest latency on the way) / base latency
    std::optional<double> elasticity; ///< ln(high/low latency) / ln(greatest/least value)
  };
  std::optional<OneAtATime> alone;

  /// Shares of the latency's variance. First order: what knowing this field alone would remove.
  /// Total: what remains when all others are known; only from full grids and saltelli sampling.
  std::optional<double> first_order, total;
  /// Standard errors of both: how far off the chance of drawing may have put them. Grids have none.
  std::optional<double> first_order_error, total_error;
};
std::vector<Sensitivity> sensitivities(const Study &study);

/// Where one thing stops paying against another as a number varies.
struct Crossover {
  std::size_t compared = 0;                ///< dimension: strategy, target or runtime
  std::uint32_t better = 0, reference = 0; ///< labels of it: `better` gains over `reference`
  std::optional<std::size_t> along;        ///< numeric dimension; none: of drawn points, no number
                                           ///< decides
  std::vector<std::size_t> given;          ///< other names and sizes, held fixed …
  std::vector<std::uint32_t> given_at;     ///< … at these labels
  double threshold = 0;                    ///< gain: reference latency / better latency − 1

  enum class Kind : std::uint8_t {
    below,  ///< the gain is less than the threshold below the place
    above,  ///< … above the place
    always, ///< never less
    never,  ///< always less
    mixed,  ///< more than one place, or other fields decide
  } kind = Kind::mixed;
  double from = 0, to = 0; ///< the place; several where other fields move it
  double least_gain = 0, most_gain = 0;
  std::size_t curves = 0, crossing = 0; ///< one curve for each setting of the other fields

  /// Instead of curves, when points were drawn. `from` to `to` then holds the place of the middle
  /// half of all settings of the other fields, `half` that of the middle one.
  struct Sample {
    std::size_t points = 0, paying = 0; ///< paying: whose gain reaches the threshold
    double half = 0;
    bool from_is_open = false, to_is_open = false; ///< at the end of what was drawn, or beyond
    bool too_few = false;                          ///< points: no place could be told from chance
  };
  std::optional<Sample> sample;
  bool has_place() const { return sample ? along.has_value() : crossing > 0; }
};
/// Strategies against "unfused" at `threshold`; targets and runtimes against each other at zero.
std::vector<Crossover> crossovers(const Study &study, double threshold);

} // namespace fusesim::sweep
