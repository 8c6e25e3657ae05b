// How the points of a sweep are chosen. All of it is fixed by the file and its seed: random numbers
// come from std::mt19937_64, whose sequence the C++ standard defines, and are made into coordinates
// here, since the standard's distributions may differ from library to library.
#include "support/error.hpp"
#include "sweep/expression.hpp"
#include "sweep/space.hpp"

#include <boost/random/sobol.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace fusesim::sweep {

namespace {

/// Of drawn points that satisfy the constraints, at least this share must be found.
constexpr double kLeastShare = 1e-4;

double coordinate(std::mt19937_64 &random) {
  return static_cast<double>(random() >> 11) * 0x1p-53; // 53 bits: every value a double in [0, 1)
}

std::mt19937_64 generator(std::uint64_t seed) { return std::mt19937_64(seed); }

} // namespace

void Space::draw_points() {
  const auto method = spec_.sampling.method;
  switch (method) {
  case Sampling::Method::grid:
    points_ = grid_points();
    break;
  case Sampling::Method::random:
    keep_random();
    return;
  case Sampling::Method::latin_hypercube:
    draw_latin_hypercube();
    break;
  case Sampling::Method::saltelli:
    draw_saltelli();
    break;
  case Sampling::Method::one_at_a_time:
    pick_one_at_a_time();
    break;
  }
  keep_valid();
}

// Points are drawn until `count` of them satisfy the constraints for at least one combination.
void Space::keep_random() {
  auto random = generator(spec_.sampling.seed);
  const auto wanted = spec_.sampling.count;
  const double most = static_cast<double>(wanted) / kLeastShare;
  for (double drawn = 0; points_ < wanted; ++drawn) {
    if (drawn > most)
      throw Error(spec_.constraints.front().place,
                  fmt::format("only {} of {} drawn points satisfy the constraints", points_, drawn),
                  "narrow the ranges, or tie fields together with an expression");
    for (std::size_t k = 0; k < free_.size(); ++k)
      drawn_.push_back(coordinate(random));
    ++points_;
    bool any = constraints_.empty();
    for (std::size_t c = 0; c < combinations_.size() && !any; ++c) {
      Configuration configuration;
      configuration.values.resize(spec_.dimensions.size());
      set_names(configuration, combinations_[c]);
      set_free(configuration, points_ - 1);
      set_batch(configuration);
      set_tied(configuration);
      any = satisfies(configuration);
    }
    if (!any) {
      --points_;
      drawn_.resize(points_ * free_.size());
    }
  }
  keep_valid();
}

// One point in each of `count` equal slices of every dimension (McKay, Beckman & Conover 1979).
void Space::draw_latin_hypercube() {
  auto random = generator(spec_.sampling.seed);
  points_ = spec_.sampling.count;
  drawn_.resize(points_ * free_.size());
  std::vector<std::uint64_t> slices(points_);
  for (std::size_t k = 0; k < free_.size(); ++k) {
    for (std::uint64_t i = 0; i < points_; ++i)
      slices[i] = i;
    for (std::uint64_t i = points_; i > 1; --i) // Fisher & Yates
      std::swap(slices[i - 1],
                slices[static_cast<std::size_t>(coordinate(random) * static_cast<double>(i))]);
    for (std::uint64_t i = 0; i < points_; ++i)
      drawn_[i * free_.size() + k] =
          (static_cast<double>(slices[i]) + coordinate(random)) / static_cast<double>(points_);
  }
}

// Blocks of A, B and A with one column of B, for Sobol indices (Saltelli et al., Computer Physics
// Communications 181, 2010). A and B are the halves of one Sobol sequence's points.
void Space::draw_saltelli() {
  if (!spec_.constraints.empty())
    throw Error(spec_.constraints.front().place, "saltelli sampling takes no constraints",
                "its estimates need every point; narrow the ranges instead");
  const std::size_t d = free_.size();
  boost::random::sobol sequence(2 * d);
  // The first point is all zeros, and the seed says how many more to skip.
  sequence.discard(2 * d * (1 + spec_.sampling.seed));
  std::vector<double> ab(2 * d);
  for (std::uint64_t block = 0; block < spec_.sampling.count; ++block) {
    for (auto &u : ab)
      u = static_cast<double>(sequence() >> 11) * 0x1p-53;
    const auto a = ab.begin(), b = ab.begin() + static_cast<std::ptrdiff_t>(d);
    drawn_.insert(drawn_.end(), a, b);
    drawn_.insert(drawn_.end(), b, ab.end());
    for (std::size_t k = 0; k < d; ++k) {
      drawn_.insert(drawn_.end(), a, b);
      *(drawn_.end() - static_cast<std::ptrdiff_t>(d - k)) = ab[d + k];
    }
  }
  points_ = spec_.sampling.count * (d + 2);
}

/// The point nearest to what the first target or its runtime has of itself; else the first.
std::size_t Space::base_point(std::size_t dimension) const {
  const auto &d = spec_.dimensions[dimension];
  const auto &target = targets_.front();
  const auto &numbers =
      info_[dimension].of_runtime ? runtimes_[target.default_runtime].numbers : target.numbers;
  const auto own = numbers.find(d.name);
  if (own == numbers.end())
    return 0;
  const auto distance = [&](const Value &value) {
    const auto *number = std::get_if<double>(&value);
    return number != nullptr ? std::abs(*number - own->second) : HUGE_VAL;
  };
  return static_cast<std::size_t>(
      std::min_element(d.points.begin(), d.points.end(),
                       [&](const Value &a, const Value &b) { return distance(a) < distance(b); }) -
      d.points.begin());
}

// The base point, then every other point of each dimension with all others at their base.
void Space::pick_one_at_a_time() {
  std::vector<double> base;
  const auto middle = [&](std::size_t k, std::size_t point) {
    return (static_cast<double>(point) + 0.5) /
           static_cast<double>(spec_.dimensions[free_[k]].points.size());
  };
  for (std::size_t k = 0; k < free_.size(); ++k)
    base.push_back(middle(k, base_point(free_[k])));
  drawn_ = base;
  points_ = 1;
  for (std::size_t k = 0; k < free_.size(); ++k)
    for (std::size_t p = 0; p < spec_.dimensions[free_[k]].points.size(); ++p) {
      if (p == base_point(free_[k]))
        continue;
      drawn_.insert(drawn_.end(), base.begin(), base.end());
      drawn_[points_ * free_.size() + k] = middle(k, p);
      ++points_;
    }
}

} // namespace fusesim::sweep
