#pragma once

#include <cstdint>
#include <span>
#include <vector>

/// Max–min fair sharing of several links by flows of different appetite, by progressive filling:
///
///   every flow advances at φ ≤ cap times the speed it would have alone; raise all φ together;
///   when a link is full, freeze the flows on it; when a flow reaches its cap, freeze it; go on
///   with the rest.
///
///   φ  cap ┤      ┌── b (capped)          link 1: Σ n·φ·demand ≤ capacity, full → a, c frozen
///          │   ┌──┴── a, c (link 1 full)
///          └───┴─────────── filling →
///
/// See Bertsekas & Gallager, Data Networks (1992), §6.5.2, for the algorithm; weights are the
/// demands.
///
/// Demands and multiplicities are integers and summed in 128 bits, so n flows in one class and n
/// classes of one flow give the same result to the last bit, in any order.
namespace fusesim::sim::detail {

__extension__ typedef unsigned __int128 Uint128;

/// Demands and capacities count in 1/1024 byte per second: slow flows keep a resolution far below a
/// picosecond's worth, and the fastest link (kMaxLinkBandwidth) still fits in 64 bits.
inline constexpr double kDemandUnitsPerByte = 1024;
inline constexpr double kMaxLinkBandwidth = 1e16; ///< bytes/s

struct Demand {
  std::uint32_t link = 0;
  std::uint64_t units_per_s = 0; ///< of one flow at φ = 1
};

/// `n` identical flows.
struct FlowShare {
  std::uint64_t n = 0;
  double cap = 1;
  std::span<const Demand> demands;
  // Results.
  double phi = 0;
  int limiting_link = -1; ///< the link that froze it, or -1: its own cap
};

class MaxMin {
public:
  /// @param capacities  units per second, by link
  /// @param preferred   by link: named as the limiter first when several are full
  MaxMin(std::vector<double> capacities, std::vector<bool> preferred);

  void share(std::span<FlowShare *const> flows);

private:
  struct LinkLevel {
    double used = 0;      ///< by frozen flows
    Uint128 demand = 0;   ///< of flows still being filled
    Uint128 freezing = 0; ///< of flows frozen at this level
    double level = 0;     ///< φ at which the link is full
  };

  double next_level(double previous);
  bool freeze(FlowShare &flow, double level);

  std::vector<double> capacities_;
  std::vector<bool> preferred_;
  std::vector<LinkLevel> links_;
  std::vector<FlowShare *> filling_;
};

} // namespace fusesim::sim::detail
