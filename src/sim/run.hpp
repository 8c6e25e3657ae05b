#pragma once

#include "sim/program.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace fusesim::sim {

using Picoseconds = std::int64_t; ///< simulated time; 1 ps is SystemC's resolution here

struct RunOptions {
  /// One event per task instead of one per cohort of identical tasks. Slow; exists to prove that cohorts change
  /// nothing: results are identical to the picosecond.
  bool exact = false;
  bool timeline = false; ///< record spans for traces
};

/// Something that happened on a lane; only recorded on request.
struct Span {
  /// cause: what each instant of the run is charged to; its spans cover [0, latency] without gaps.
  enum class Lane : std::uint8_t { host, stream, unit, link, cause };
  Lane lane = Lane::host;
  std::uint32_t lane_class = 0;      ///< unit class, link or Cause; stream number for streams
  std::uint32_t first = 0, last = 0; ///< units of the class, inclusive
  std::uint32_t launch = 0;          ///< index into Program::launches; not of links and causes
  std::uint32_t tasks = 0;           ///< unit spans: resident tasks per unit
  Picoseconds start = 0, end = 0;
  std::string label; ///< "dispatch", "launch", group name; link and cause spans: empty
  double value = 0;  ///< link spans: bytes/s used from start to end
};

struct LaunchResult {
  Picoseconds start = 0, end = 0;                     ///< on the device (host-only: on the host)
  std::array<Picoseconds, kCauseCount> attribution{}; ///< of [start, end]; sums to end − start
};

struct RunResult {
  Picoseconds latency = 0;
  std::array<Picoseconds, kCauseCount>
      attribution{};                   ///< every instant charged once: sums to latency exactly
  std::vector<LaunchResult> launches;  ///< by LaunchId
  std::vector<Bytes> link_bytes;       ///< by LinkId
  std::vector<Bytes> store_peak_bytes; ///< by StoreId: most held at any instant
  std::uint64_t events = 0;            ///< kernel activations, for benchmarks
  std::vector<Span> timeline;          ///< empty unless asked for
};

/// Simulates `program` on the machine in a SystemC simulation context of its own. Deterministic: the same arguments
/// give bit-identical results. One run at a time per process (SystemC's context is global).
/// Throws Error as verify() does.
RunResult run(const Topology &topology, const Program &program, const RunOptions &options = {});

/// Asks a running simulation to stop soon: run() then throws Interrupted. Safe to call from a signal handler.
void request_interrupt() noexcept;
class Interrupted : public std::exception {
public:
  const char *what() const noexcept override;
};

} // namespace fusesim::sim
