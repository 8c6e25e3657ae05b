#pragma once

#include "ir/graph.hpp"

#include <rapidcheck.h>

#include <iosfwd>

namespace fusesim::ir {
/// One line per node, so that a failing property shows its graph.
std::ostream &operator<<(std::ostream &stream, const Graph &graph);
} // namespace fusesim::ir

namespace fusesim::test {

/// A valid network of 1 to `max_nodes` operators, mixing what CNNs and transformers are made of:
/// grouped and depthwise convolutions, normalisations, activations, forks, residual joins,
/// squeeze-excitation products, concat, pooling, linear, attention (composite and as products),
/// views, identities, and now and then an opaque or bookkeeping operator. Every value that nobody
/// reads is an output, and some others are, too. Shrinks to fewer operators.
rc::Gen<ir::Graph> arbitrary_graph(int max_nodes);

} // namespace fusesim::test
