#pragma once

#include "report/partition_report.hpp"

namespace fusesim::report {

/// A network cut into three launches, written down figure by figure (float32):
///
///   x ─> conv ─> relu ─> pool ─> flatten ─> fc ─>
///        └─── 0 ────┘    └───── 1 ─────┘    └2┘
///
/// conv: 8 outputs, 3×3, padding 1, on 1×3×4×4 (192 B): 8·16·27 = 3456 MACs, 864 B of weights,
/// 512 B result. pool halves height and width: 128 B. fc: 32 → 10, 320 MACs, 1280 B, 40 B result.
/// Subgraph 0 keeps 512 B inside, one write and one read.
inline PartitionReport small_report() {
  using partition::Refusal;
  using partition::Role;
  partition::PartitionSummary s;
  s.network = "small";
  s.strategy = "greedy";
  s.vocabulary = "modern";
  s.accounting = "physical";
  s.operators = {
      {"conv", "conv2d", "1x8x4x4", Role::compute, true, true, 0, 6912},
      {"relu", "relu", "1x8x4x4", Role::compute, true, true, 0, 0},
      {"pool", "max_pool2d", "1x8x2x2", Role::pooling, false, true, 1, 0},
      {"flatten", "view", "1x32", Role::view, false, false, 1, 0},
      {"fc", "linear", "1x10", Role::compute, true, true, 2, 640},
  };
  s.subgraphs = {{.id = 0,
                  .pattern = "conv2d+relu",
                  .operators = {0, 1},
                  .size = 2,
                  .launches = 1,
                  .flops = 6912,
                  .input = 192,
                  .output = 512,
                  .weight = 864,
                  .internal = 1024,
                  .unfused = 1568 + 1024},
                 {.id = 1,
                  .pattern = "unfused",
                  .operators = {2, 3},
                  .size = 1,
                  .launches = 1,
                  .flops = 0,
                  .input = 512,
                  .output = 128,
                  .weight = 0,
                  .internal = 0,
                  .unfused = 640},
                 {.id = 2,
                  .pattern = "unfused",
                  .operators = {4},
                  .size = 1,
                  .launches = 1,
                  .flops = 640,
                  .input = 128,
                  .output = 40,
                  .weight = 1280,
                  .internal = 0,
                  .unfused = 1448}};
  s.edges = {{0, 1, "1x8x4x4", 512, {}, "row epilogue takes conv2d to relu"},
             {1, 2, "1x8x4x4", 512, Refusal::not_in_vocabulary, "no row takes relu to max_pool2d"},
             {2, 3, "1x8x2x2", 128, {}, "flatten moves no bytes"},
             {3, 4, "1x32", 128, Refusal::fork, "\"pool\" is read by fc, and others"}};
  s.inputs = {{"x", "1x3x4x4", {0}}};
  return {.model = "small", .summary = std::move(s), .warnings = {}};
}

/// The same with another name for relu: names come from files and may hold anything.
inline PartitionReport with_operator_named(const std::string &name) {
  PartitionReport report = small_report();
  report.summary.operators[1].name = name;
  return report;
}

} // namespace fusesim::report
