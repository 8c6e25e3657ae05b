#include "targets/config_checks.hpp"

#include "partition/strategy.hpp"
#include "support/nearest.hpp"
#include "targets/gpu/gpu_machine.hpp"
#include "targets/runtime.hpp"
#include "targets/tile/tile_machine.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::targets {

namespace {

void check_strategy(const ConfigReader &reader, std::string_view key, std::string_view name) {
  std::vector<std::string> known;
  for (const auto &strategy : partition::strategies())
    known.emplace_back(strategy.name);
  if (std::find(known.begin(), known.end(), name) == known.end())
    reader.fail(key, fmt::format("unknown strategy '{}'", name), nearest_names_hint(name, known));
}

} // namespace

void check(const GpuMachine &m, const ConfigReader &reader) {
  if (m.shared_memory_kib_per_cta > m.shared_memory_kib_per_sm)
    reader.fail("shared_memory_kib_per_cta",
                fmt::format("{:g} KiB is more than the SM has", m.shared_memory_kib_per_cta),
                fmt::format("at most shared_memory_kib_per_sm, {:g}", m.shared_memory_kib_per_sm));
  // Cards without a tight power limit run above the boost clock that their datasheet advertises.
  constexpr double kMostAboveBoost = 1.25;
  if (m.sustained_clock_ghz > kMostAboveBoost * m.boost_clock_ghz)
    reader.fail("sustained_clock_ghz",
                fmt::format("{:g} GHz is far above the boost clock", m.sustained_clock_ghz),
                fmt::format("at most {:g} times boost_clock_ghz, {:g}", kMostAboveBoost,
                            m.boost_clock_ghz));
  if (m.tensor_clock_ghz > m.boost_clock_ghz)
    reader.fail("tensor_clock_ghz",
                fmt::format("{:g} GHz exceeds the boost clock", m.tensor_clock_ghz),
                fmt::format("at most boost_clock_ghz, {:g}", m.boost_clock_ghz));
  if (m.l2_bandwidth_gbps < m.dram_bandwidth_gbps)
    reader.fail("l2_bandwidth_gbps",
                fmt::format("{:g} GB/s is less than DRAM gives", m.l2_bandwidth_gbps),
                fmt::format("at least dram_bandwidth_gbps, {:g}", m.dram_bandwidth_gbps));
  if (m.l2_latency_us > m.dram_latency_us)
    reader.fail("l2_latency_us", fmt::format("{:g} us is longer than to DRAM", m.l2_latency_us),
                fmt::format("at most dram_latency_us, {:g}", m.dram_latency_us));
}

void check(const TileMachine &m, const ConfigReader &reader) {
  if (m.int8_macs_per_pe_per_clk + m.bf16_macs_per_pe_per_clk + m.fp32_macs_per_pe_per_clk <= 0)
    reader.fail("int8_macs_per_pe_per_clk", "no precision is supported: all three rates are 0");
  if (m.handover == TileMachine::Handover::tile && m.tile_count > 1)
    reader.fail("handover", "tiles of a loop nest visit one array", "tile_count: 1");
  if (m.handover == TileMachine::Handover::tile && m.accumulator_kib == 0)
    reader.fail("accumulator_kib", "a loop nest keeps its sums in accumulators", "their size");
  if (m.noc_bisection_gbps > 0 && m.noc_rows * m.noc_cols < m.tile_count)
    reader.fail("noc_rows",
                fmt::format("a mesh of {}x{} has no place for {} tiles", m.noc_rows, m.noc_cols,
                            m.tile_count),
                "noc_rows × noc_cols must be at least tile_count");
}

void check(const Runtime &r, const ConfigReader &reader) {
  check_strategy(reader, "strategy", r.strategy);
  check_strategy(reader, "fused_strategy", r.fused_strategy);
  const bool sequenced = r.submission == Runtime::Submission::sequencer;
  if (sequenced != (r.target == "tile"))
    reader.fail("submission",
                "a GPU is driven by 'eager' or 'graph_replay', a tile machine by 'sequencer'",
                fmt::format("target is '{}'", r.target));
}

} // namespace fusesim::targets
