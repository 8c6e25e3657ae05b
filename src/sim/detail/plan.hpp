#pragma once

#include "sim/program.hpp"

#include <vector>

namespace fusesim::sim::detail {

/// What is known about a program before its first instant.
struct Plan {
  Plan(const Topology &topology, const Program &program);

  /// Kernels that must have ended before this one starts: Launch::after with every host-only step
  /// replaced by what it comes after (the step itself is over before any later launch is even
  /// submitted).
  std::vector<std::vector<LaunchId>> after;
  /// Size of each tensor: the most that any access touches of it.
  std::vector<Bytes> tensor_bytes;
  /// Whether the tensor dies in or after the launch, so that a write to it then may stay dirty.
  bool dies_after(TensorId tensor, LaunchId launch) const { return death_[tensor] > launch; }
  std::vector<std::uint64_t> kernels_in_stream;
  std::uint64_t kernels = 0;

private:
  void take_sizes(const Program &program);

  std::vector<LaunchId> death_; ///< last launch whose `dies` names the tensor, plus 1; 0: none
};

} // namespace fusesim::sim::detail
