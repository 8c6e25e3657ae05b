#pragma once

#include "claims/outcome.hpp"

#include <span>

namespace fusesim::claims {

/// Where along a curve the claim holds, in words: "launch cost ≥ 3.1 us", "batch ≤ 8", "runtime is tensorrt or xla",
/// "2 us ≤ launch cost ≤ 5 us or launch cost ≥ 9 us". Ends of the range that was tried are no conditions;
/// but where only its lowest place holds, that is named: "batch = 1".
std::string condition_of(const Curve &curve);

/// Of all curves that have one: joined by "; ". When a claim holds along no curve but at its own figure, or the other way
/// round, that is said instead.
std::string condition_of(std::span<const Curve> curves);

} // namespace fusesim::claims
