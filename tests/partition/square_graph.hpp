#pragma once

#include "random_graph.hpp"

namespace fusesim::test {

/// A random network in which every tensor has the shape 1×4×4×4, so that any operator may follow
/// any other and any two may join: dense in chains, joins and whole patterns
/// (squeeze-and-excitation, attention, sibling projections), where arbitrary_graph() has mostly
/// forks. Shrinks to fewer steps.
rc::Gen<ir::Graph> square_graph();

} // namespace fusesim::test
