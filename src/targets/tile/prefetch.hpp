#pragma once

#include "targets/tile/residency.hpp"

#include <span>

namespace fusesim::targets::tile {

/// While arrays work, DMA engines with nothing left to do fetch weights of later stages, as far as
/// L3 has room for them until they are used:
///
///   arrays │ stage 1            │ stage 2      │        arrays │ stage 1            │ stage 2│
///   DMA    │ x₁ w₁ │ (idle)     │ x₂ w₂        │   →    DMA    │ x₁ w₁ │ w₂ …       │ x₂ w₂… │
///
/// Only bytes that a stage waits for are moved, and only on machines whose engines react to credits.
/// Total traffic stays the same.
void prefetch_weights(std::span<PlannedStage *const> stages, const Figures &figures);

} // namespace fusesim::targets::tile
