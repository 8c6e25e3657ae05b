#pragma once

#include "sweep/analysis.hpp"

#include <functional>

/// What every search for crossovers does first: which labels are compared, and within what.
namespace fusesim::sweep {

/// Two labels of one name (a strategy, target or runtime) and the rows that have one of them.
struct ComparedPair {
  const RowGroup &group;
  std::uint32_t reference = 0, better = 0;
};

/// Names other than `compared` that vary by themselves. Of targets of two kinds each has its own
/// runtime, and runtimes have their own strategies: these follow.
std::vector<std::size_t> names_beside(const Study &study, std::size_t compared);

/// Calls `visit` with each pair of labels of `compared` within each group of rows that are equal in
/// `given`. Strategies are compared with "unfused" only.
void for_each_pair(const Study &study, std::size_t compared, const std::vector<std::size_t> &given,
                   const std::function<void(const ComparedPair &)> &visit);

/// A crossover of the pair, with nothing found yet.
Crossover crossover_of(const ComparedPair &pair, std::size_t compared,
                       const std::vector<std::size_t> &given, double threshold);

/// Reference latency / better latency − 1.
inline double gain_of(double reference_us, double better_us) {
  return reference_us / better_us - 1;
}

/// Crossovers along curves of a grid: src/sweep/crossovers.cpp; of drawn points:
/// src/sweep/sampled_crossovers.cpp.
void find_on_curves(const Study &study, std::size_t compared, double threshold,
                    std::vector<Crossover> &all);
void find_in_sample(const Study &study, std::size_t compared, double threshold,
                    std::vector<Crossover> &all);

} // namespace fusesim::sweep
