#pragma once

#include "targets/precision.hpp"
#include "validate/case.hpp"
#include "validate/fields.hpp"

/// One function per kind of file: makes a case of a row, its figure and index left to the caller. Throws Error naming
/// the row.
namespace fusesim::validate {

/// A whole network: model, gpu, precision, runtime, batch [, image_size, note, source]; milliseconds.
std::unique_ptr<Case> read_network(const Fields &fields);

/// One operator: op, gpu, dtype, timing and the operator's own sizes; microseconds.
std::unique_ptr<Case> read_operator(const Fields &fields);

/// A layer on Gemmini as its mapping runs it: op, N, C, K, P, Q, R, S, stride, pe, meshX,
/// acc_bytes_entries, spad_entries, mapping; cycles of its RTL.
std::unique_ptr<Case> read_layer(const Fields &fields);

/// A product on a TPU: device, m, n, k; microseconds.
std::unique_ptr<Case> read_device_product(const Fields &fields);

/// A launch microbenchmark: quantity, gpu, value_us; microseconds. Null for rows of what is not simulated here: hosts
/// other than those that the runtimes' launch costs are from, sums over networks, prose.
std::unique_ptr<Case> read_launch(const Fields &fields);

/// The precision that a column names.
targets::Precision precision_of(const Fields &fields, std::string_view column);

} // namespace fusesim::validate
