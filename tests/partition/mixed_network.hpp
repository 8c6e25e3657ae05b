#pragma once

#include "ir/graph.hpp"

namespace fusesim::test {

/// A network of at least so many operators, made of blocks of every kind that the modern vocabulary
/// knows: residual, squeeze-and-excitation, Inception, DenseNet, window attention, GPT-2's MLP.
/// The same for the same number.
ir::Graph mixed_network(std::size_t operators);

} // namespace fusesim::test
