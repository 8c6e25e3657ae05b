#include "validate/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace fusesim::validate {

double median(std::span<const double> values) {
  if (values.empty())
    return 0;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const auto middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

double kendall_tau(std::span<const Pair> pairs) {
  double concordant = 0, discordant = 0, tied_predicted = 0, tied_measured = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    for (std::size_t j = i + 1; j < pairs.size(); ++j) {
      const double predicted = pairs[i].predicted - pairs[j].predicted;
      const double measured = pairs[i].measured - pairs[j].measured;
      if (predicted == 0 || measured == 0) {
        tied_predicted += predicted == 0 ? 1 : 0;
        tied_measured += measured == 0 ? 1 : 0;
      } else if ((predicted > 0) == (measured > 0)) {
        ++concordant;
      } else {
        ++discordant;
      }
    }
  }
  const auto n = static_cast<double>(pairs.size());
  const double all = n * (n - 1) / 2;
  const double scale = std::sqrt((all - tied_predicted) * (all - tied_measured));
  return scale > 0 ? (concordant - discordant) / scale : 0;
}

Summary summarise(std::span<const Pair> pairs) {
  Summary summary;
  summary.rows = pairs.size();
  if (pairs.empty())
    return summary;
  std::vector<double> absolute;
  double sum = 0;
  for (const auto &pair : pairs) {
    const double error = pair.predicted / pair.measured - 1;
    sum += error;
    absolute.push_back(std::abs(error));
  }
  const auto rows = static_cast<double>(pairs.size());
  summary.bias = sum / rows;
  for (const double error : absolute)
    summary.mape += error / rows;
  summary.median_ape = median(absolute);
  summary.kendall_tau = kendall_tau(pairs);
  return summary;
}

} // namespace fusesim::validate
