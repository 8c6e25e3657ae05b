// The share of settings for which it holds, as a step function that only rises, fitted to points
// that each say yes or no. Neighbours that would fall are pooled:
//
//   share │                 ┌──●●─●●──   1
//    3/4  ┼─ ─ ─ ─ ─ ─ ─ ─ ─┤
//    1/2  ┼─ ─ ─ ─ ─ ─┌──●○─┘            each step: the share of ● in it
//    1/4  ┼─ ─ ─ ─┌─○●┘
//         └─○○○○──┴───┴─────┴───────── x
//               quarter half three quarters
//
// This is the maximum-likelihood estimate of how the place is distributed over the settings (Ayer,
// Brunk, Ewing, Reid & Silverman, Annals of Mathematical Statistics 26, 1955). Steps are then
// smoothed over half the width that the middle half of the places has, which halves what chance
// does to them (Groeneboom, Jongbloed & Witte, Annals of Statistics 38, 2010).
#include "sweep/current_status.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fusesim::sweep {

namespace {

/// Of drawing two sides that differ as much when x says nothing. Very small, since the side's end
/// was chosen from the same points, and many fields are looked at.
constexpr double kChance = 1e-6;

double log_choose(double n, double k) {
  return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
}

struct Side {
  double points = 0, holding = 0;
};

/// Fisher's exact test, one-sided: the probability of so few on the left or fewer, when all that
/// hold are spread over both sides at random.
double chance_of(const Side &left, const Side &right) {
  const double all = left.points + right.points, holding = left.holding + right.holding;
  double chance = 0;
  for (double k = std::max(0.0, holding - right.points); k <= left.holding; ++k)
    chance += std::exp(log_choose(left.points, k) + log_choose(right.points, holding - k) -
                       log_choose(all, holding));
  return chance;
}

struct Step : Side {
  double first = 0, last = 0;
  double share() const { return holding / points; }
};

std::vector<Step> rising_steps(std::vector<StatusPoint> points) {
  std::sort(points.begin(), points.end(), [](const auto &a, const auto &b) { return a.x < b.x; });
  std::vector<Step> steps;
  for (std::size_t i = 0; i < points.size();) {
    Step step{{0, 0}, points[i].x, points[i].x};
    for (; i < points.size() && points[i].x == step.first; ++i) {
      ++step.points;
      step.holding += points[i].holds ? 1 : 0;
    }
    while (!steps.empty() && steps.back().share() >= step.share()) {
      step.points += steps.back().points;
      step.holding += steps.back().holding;
      step.first = steps.back().first;
      steps.pop_back();
    }
    steps.push_back(step);
  }
  return steps;
}

/// Where the share reaches `least`.
std::optional<double> place_of(const std::vector<Step> &steps, double least) {
  Side left, right;
  std::size_t first = steps.size();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    auto &side = steps[i].share() < least ? left : right;
    side.points += steps[i].points;
    side.holding += steps[i].holding;
    if (&side == &right)
      first = std::min(first, i);
  }
  if (first == 0 || first == steps.size() || chance_of(left, right) > kChance)
    return std::nullopt;
  return (steps[first - 1].last + steps[first].first) / 2;
}

/// Integral of a triangular kernel on [−1, 1].
double risen(double u) {
  if (u <= -1 || u >= 1)
    return u > 0 ? 1 : 0;
  return u < 0 ? (1 + u) * (1 + u) / 2 : 1 - (1 - u) * (1 - u) / 2;
}

double smoothed_share(const std::vector<Step> &steps, double x, double width) {
  double share = steps.front().share();
  for (std::size_t i = 1; i < steps.size(); ++i)
    share += (steps[i].share() - steps[i - 1].share()) *
             risen((x - (steps[i - 1].last + steps[i].first) / 2) / width);
  return share;
}

double smoothed_place(const std::vector<Step> &steps, double least, double place, double width) {
  if (width <= 0)
    return place;
  double low = place - width, high = place + width; // all that the kernel reaches from there
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (smoothed_share(steps, middle, width) < least ? low : high) = middle;
  }
  return std::clamp((low + high) / 2, steps.front().first, steps.back().last);
}

} // namespace

std::optional<StatusPlace> place_where_it_holds(std::vector<StatusPoint> points) {
  if (points.empty())
    return std::nullopt;
  const auto steps = rising_steps(std::move(points));
  auto quarter = place_of(steps, 0.25), half = place_of(steps, 0.5),
       three_quarters = place_of(steps, 0.75);
  if (!half || (!quarter && !three_quarters))
    return std::nullopt;
  const double from = quarter.value_or(2 * *half - three_quarters.value_or(*half)),
               to = three_quarters.value_or(2 * *half - from), width = (to - from) / 2;
  for (const auto &[place, least] :
       {std::pair(&quarter, 0.25), std::pair(&half, 0.5), std::pair(&three_quarters, 0.75)})
    if (*place)
      *place = smoothed_place(steps, least, **place, width);
  return StatusPlace{*half, quarter, three_quarters};
}

// At best all that hold lie on one side.
bool can_tell_a_place(std::size_t points, std::size_t holding) {
  return -log_choose(static_cast<double>(points), static_cast<double>(holding)) <=
         std::log(kChance);
}

} // namespace fusesim::sweep
