// GEMMs and convolutions as implicit GEMMs, the way CUTLASS runs them.
//
//   grid of CTAs, one per tile_m × tile_n of C (× split_k)       one CTA
//   ┌────┬────┬────┬─                                            fill    first k-step: latency +
//   its bytes │ 0  │ 3  │ 6  │          waves of (SMs × resident) CTAs     steady  k_steps: MMA ∥
//   shared memory ∥ L2 port ∥ L2 ∥ DRAM, ├────┼────┼────┼─ no faster than loads come back with
//   stages - 1 of │ 1  │ 4  │ 7  │                                                    them in
//   flight (Little's law) ├────┼────┼────┼─                                            drain
//   accumulators through shared memory, epilogue, store
//
// Tiles at the border do the work of whole ones. Shared memory is a resource of its own: warps
// reread their operands, (warp_m + warp_n) per warp and k, which is why small tiles cannot keep
// tensor cores busy.
#include "targets/gpu/gemm.hpp"

#include <algorithm>
#include <cmath>

namespace fusesim::targets::gpu {

namespace {

constexpr double kAccumulatorBytes = 4; // FP32, or INT32 for int8
constexpr double kMicro = 1e-6;
/// Narrowest piece that a load takes of the port: rows that begin anywhere are loaded element by element.
constexpr double kWordBytes = 4;

/// Lanes that hold neighbouring elements of a result on tensor cores, one of which each stores at a time: the m16n8 fragments of
/// PTX's mma, four lanes for eight columns.
constexpr double kFragmentLanes = 4;

double as_double(std::uint64_t value) { return static_cast<double>(value); }

/// Share of operand bytes that no other CTA has fetched before: those loads wait for DRAM, the rest
/// for L2.
double load_latency(const Device &device, const GemmShape &shape, const GemmPlan &plan) {
  const double front = as_double(a_traffic(shape, plan)) + as_double(b_traffic(shape, plan));
  const double first = std::min(1.0, as_double(shape.a_bytes + shape.b_bytes) / front);
  return device.l2_latency_s + first * (device.dram_latency_s - device.l2_latency_s);
}

/// Elements of A and of B that a CTA loads per k.
struct Loaded {
  std::uint64_t a, b;
};
Loaded loaded_per_k(const GemmShape &shape, const GemmPlan &plan) {
  if (shape.winograd == WinogradRole::whole)
    return {kWinogradImagePerK, std::uint64_t{kWinogradFilterPerK} * plan.tile_n};
  return {plan.tile_m, plan.tile_n};
}

double k_of_cta(const GemmPlan &plan) { return as_double(plan.k_steps) * plan.tile_k; }

} // namespace

Bytes a_traffic(const GemmShape &shape, const GemmPlan &plan) {
  const auto rows =
      shape.winograd == WinogradRole::whole ? plan.tiles_m * kWinogradImagePerK : shape.m;
  const auto once = checked_mul(checked_mul(shape.batch, rows, "A"), shape.k, "A");
  return checked_mul(checked_mul(once, shape.element_bytes, "A"), plan.tiles_n, "A");
}

Bytes b_traffic(const GemmShape &shape, const GemmPlan &plan) {
  const auto columns =
      shape.winograd == WinogradRole::whole ? shape.n * kWinogradFilterPerK : shape.n;
  const auto once = checked_mul(checked_mul(shape.batch, columns, "B"), shape.k, "B");
  return checked_mul(checked_mul(once, shape.element_bytes, "B"), plan.tiles_m, "B");
}

// CTAs are numbered so that a wave covers a block of C as square as its number of tiles allows;
// that block's rows of A and columns of B are what the wave fetches. With one operand resident, the
// other streams through once.
Bytes refetched_bytes(const Device &device, const GemmShape &shape, const GemmPlan &plan) {
  const double l2 = device.l2_kept_bytes();
  const double a = as_double(shape.a_bytes / shape.batch),
               b = as_double(shape.b_bytes / shape.batch);
  if (std::min(a, b) <= l2 / 2)
    return 0;
  const double active = std::max(
      1.0, as_double(std::uint64_t{device.machine.sm_count} * plan.resident) / plan.split_k);
  const double side =
      std::sqrt(active * plan.tile_m * plan.tile_n); // of the wave's block, in elements
  const double rows = std::min(side, as_double(shape.m)),
               columns = std::min(side, as_double(shape.n));
  const double waves = as_double(plan.tiles_m * plan.tiles_n) / active;
  const double fetched = waves * (rows + columns) * as_double(shape.k * shape.element_bytes);
  return static_cast<Bytes>(std::max(0.0, fetched - a - b) * as_double(shape.batch));
}

GemmCost cost_of(const Device &device, const GemmShape &shape, const GemmPlan &plan) {
  const bool tensor = shape.engine != SmEngine::cuda;
  const double area = as_double(std::uint64_t{plan.tile_m} * plan.tile_n);
  const double edge = as_double(std::uint64_t{plan.tile_m} + plan.tile_n);
  const auto [a_loaded, b_loaded] = loaded_per_k(shape, plan);
  const double loaded = as_double(a_loaded + b_loaded);
  const double k = k_of_cta(plan), element = as_double(shape.element_bytes);
  const double port = device.rate_of(SmEngine::port);
  const double latency = load_latency(device, shape, plan);

  GemmCost cost;
  cost.port_bytes = loaded * k * (shape.aligned_operands ? element : std::max(element, kWordBytes));
  cost.shared_bytes = (edge + plan.operand_rows) * k * element;
  // Math waits for part of the operand traffic, so that small tiles, which fetch more for each multiply-add, run slower
  // than the engine's rate.
  const double fetch_s =
      std::max(cost.port_bytes / port, cost.shared_bytes / device.rate_of(SmEngine::shared));
  const double stall = (tensor ? device.machine.operand_stall : device.machine.simt_operand_stall) +
                       (shape.is_convolution ? device.machine.implicit_gemm_stall : 0);
  cost.flops_or_lane_ops =
      (tensor ? 2 : 1) * area * k + stall * fetch_s * device.rate_of(shape.engine);
  cost.fill_s =
      device.machine.cta_setup_us * kMicro + latency + loaded * plan.tile_k * element / port;
  cost.min_steady_s = as_double(plan.k_steps) *
                      std::max(latency / (plan.stages - 1), device.machine.k_step_us * kMicro);
  cost.drain_s = device.l2_latency_s;
  const bool scatters = !shape.is_convolution && (!tensor || !shape.aligned_result);
  if (shape.winograd == WinogradRole::whole) {
    // A tile's 16 sums go through shared memory; its results leave in pairs, a line for each. What is resident began
    // together and ends together.
    const double sums = area * kWinogradSumsPerResult * kAccumulatorBytes;
    cost.drain_s += plan.resident * (2 * sums / device.rate_of(SmEngine::shared) +
                                     area / 2 * as_double(kLineBytes) / port);
  } else if (!scatters) {
    cost.drain_s +=
        2 * area * kAccumulatorBytes / device.rate_of(SmEngine::shared) + area * element / port;
  } else { // every thread of a matrix product stores its own accumulators, each element as a line of its own
    const double stored = as_double(shape.batch) * as_double(shape.m) * as_double(shape.n);
    cost.port_bytes +=
        stored / as_double(plan.ctas) * as_double(kLineBytes) / (tensor ? kFragmentLanes : 1);
  }
  if (plan.split_k > 1) { // the last CTA of a tile collects the others' sums
    cost.workspace_bytes = static_cast<Bytes>(2 * area * kAccumulatorBytes);
    cost.drain_s += 2 * device.l2_latency_s + plan.split_k * area * kAccumulatorBytes / port;
  }
  return cost;
}

double estimated_seconds(const Device &device, const GemmShape &shape, const GemmPlan &plan) {
  const auto cost = cost_of(device, shape, plan);
  const double engine = std::max({cost.flops_or_lane_ops / device.rate_of(shape.engine),
                                  cost.port_bytes / device.rate_of(SmEngine::port),
                                  cost.shared_bytes / device.rate_of(SmEngine::shared)});
  // Of one CTA on the links that all share.
  const Bytes l2_bytes = a_traffic(shape, plan) + b_traffic(shape, plan) + shape.c_bytes;
  const double l2 = (as_double(l2_bytes) / as_double(plan.ctas) + as_double(cost.workspace_bytes)) /
                    device.l2_bytes_per_s;
  const Bytes dram_bytes =
      shape.a_bytes + shape.b_bytes + shape.c_bytes + refetched_bytes(device, shape, plan);
  const double dram = as_double(dram_bytes) / as_double(plan.ctas) / device.dram_bytes_per_s;

  const std::uint64_t sms = device.machine.sm_count, slots = sms * plan.resident;
  const auto wave = [&](std::uint64_t active) {
    const double residents = as_double(ceil_div(active, sms));
    const double steady =
        std::max({cost.min_steady_s, residents * engine, as_double(active) * std::max(l2, dram)});
    return cost.fill_s + steady + cost.drain_s;
  };
  const std::uint64_t last = plan.ctas % slots;
  return as_double(plan.ctas / slots) * wave(slots) + (last > 0 ? wave(last) : 0);
}

sim::TaskGroup gemm_group(const Device &device, const GemmKernel &kernel) {
  const auto &shape = kernel.shape;
  const auto &plan = kernel.plan;
  const auto cost = cost_of(device, shape, plan);
  const auto ctas = as_double(plan.ctas);
  const double a_loaded = plan.tile_m * k_of_cta(plan); // elements of A per CTA
  const double extra_passes = kernel.a_passes - 1;
  const double element = as_double(shape.element_bytes);
  const double prologue =
      kernel.a_elements == 0 ? 0 : kernel.prologue_ops / as_double(kernel.a_elements) * a_loaded;

  sim::TaskGroup group;
  group.name = kernel.name;
  group.unit_class = kSm;
  group.count = plan.ctas;
  group.tasks_per_unit = plan.resident;
  group.scratch_bytes = plan.shared_bytes;
  group.fill_s = cost.fill_s + extra_passes * (device.dram_latency_s +
                                               a_loaded * element / device.rate_of(SmEngine::port));
  group.min_steady_s = cost.min_steady_s;
  group.drain_s = cost.drain_s + kernel.epilogue_ops / ctas / device.rate_of(SmEngine::cuda);
  const double simt = shape.engine == SmEngine::cuda ? cost.flops_or_lane_ops : 0;
  group.work = {{id_of(SmEngine::cuda), simt + prologue},
                {id_of(SmEngine::port), cost.port_bytes},
                {id_of(SmEngine::shared), cost.shared_bytes}};
  if (shape.engine != SmEngine::cuda)
    group.work.push_back({id_of(shape.engine), cost.flops_or_lane_ops});
  if (cost.workspace_bytes > 0)
    group.links.push_back({kL2Link, cost.workspace_bytes});
  if (const Bytes again = refetched_bytes(device, shape, plan); again > 0)
    group.links.push_back({kDram, again / plan.ctas});

  add_read(group, kernel.a, a_traffic(shape, plan) * kernel.a_passes);
  const double b_rereads =
      as_double(b_traffic(shape, plan)) / std::max(1.0, as_double(shape.b_bytes));
  for (const auto &operand : kernel.b)
    add_read(group, operand, static_cast<Bytes>(as_double(operand.bytes) * b_rereads));
  for (const auto &operand : kernel.reads)
    add_read(group, operand, operand.bytes);
  for (const auto &operand : kernel.writes)
    add_write(group, operand);
  return group;
}

} // namespace fusesim::targets::gpu
