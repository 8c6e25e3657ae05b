#pragma once

#include "claims/laboratory.hpp"
#include "claims/measurements.hpp"

namespace fusesim::claims {

/// Tests one claim: runs its experiments, compares its value with what is claimed, follows its parameters, and looks up
/// what was measured. What cannot be run is `not_testable`, with the reason. Throws only what is no Error (an interrupt).
///
///   no parameter        supported or refuted
///   parameters          each along its values or range, the others at the claim's own figure:
///                       holds everywhere → supported, nowhere → refuted, else holds only if …
Outcome judge(const Claim &claim, Laboratory &laboratory, const Measurements &measurements);

/// Judges claims in `jobs` processes, in the order given. One whose process dies is `failed`.
std::vector<Outcome> judge_all(std::span<const Claim *const> claims, Laboratory &laboratory,
                               const Measurements &measurements, unsigned jobs,
                               const std::function<void(std::size_t)> &on_progress = {});

} // namespace fusesim::claims
