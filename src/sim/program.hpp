#pragma once

#include "support/units.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// What the simulator executes. It knows no operators and no networks: only launches made of identical tasks that
/// occupy units, do work on a unit's engines and move bytes over shared links.
///
///   Program ─┬─ Launch (what the host submits: a kernel, a tile-program, or a host-only step)
///            │    └─ Stage (grid-wide barrier between stages)
///            │         └─ TaskGroup: `count` identical tasks
///            │              task:  |- fill -|------- steady -------|- drain -|
///            │                     latency   engines and links      latency
///            │                               overlapped; ends when
///            │                               the slowest is done
///            └─ tensors that caches may keep between launches
namespace fusesim::sim {

using UnitClassId = std::uint32_t; ///< index into Topology::unit_classes
using EngineId = std::uint32_t;    ///< index into UnitClass::engines
using LinkId = std::uint32_t;      ///< index into Topology::links
using CacheId = std::uint32_t;     ///< index into Topology::caches
using StoreId = std::uint32_t;     ///< index into Topology::stores
using TensorId = std::uint32_t;    ///< any number below Program::tensor_count
using LaunchId = std::uint32_t;    ///< index into Program::launches

/// What an instant of the run is charged to.
enum class Cause : std::uint8_t {
  host_dispatch,
  launch_gap,
  compute,
  dram,
  on_chip,
  fill_drain,
  tail
};
inline constexpr std::size_t kCauseCount = 7;
const char *name_of(Cause cause);

// ---- the machine --------------------------------------------------------------------------------

/// Something inside one unit that its resident tasks share: a tensor pipe, vector ALUs, a scratchpad port.
struct Engine {
  std::string name;
  double rate_per_s =
      0; ///< work items per second (FLOPs, operations or bytes: whatever `work` counts)
  Cause cause = Cause::compute; ///< compute, or on_chip for ports
};

/// `count` identical units (SMs, tiles). A unit hosts tasks of one group at a time, several if they fit.
struct UnitClass {
  std::string name;
  std::uint32_t count = 1;
  std::vector<Engine> engines;
  Bytes scratch_bytes =
      0; ///< scratchpad (shared memory) per unit, handed out to resident tasks as credits
};

/// A bandwidth shared by everything that runs, max–min fairly.
struct Link {
  std::string name;
  double bytes_per_s = 0;
  Cause cause = Cause::dram; ///< dram or on_chip
};

/// A store that keeps whole tensors between launches, least recently used first out. Reads that hit use only
/// `front`; misses use `front` and `back`. Written tensors stay dirty until evicted (then written back over `back`)
/// or until they die (their memory is reused, so the lines are overwritten in place).
struct Cache {
  std::string name;
  Bytes capacity_bytes = 0;
  LinkId front = 0, back = 0;
};

/// Who starts launches. Eager: the host pays dispatch and launch cost for each and runs ahead of the device by at
/// most `queue_depth`. Graph replay: one submission, then a fixed cost per node on the device.
struct Host {
  enum class Mode : std::uint8_t { eager, graph_replay };
  Mode mode = Mode::eager;
  std::uint32_t queue_depth = 1024; ///< launches submitted and not yet finished
  double launch_latency_s =
      0;            ///< from the end of the submission to the earliest start on the device
  double gap_s = 0; ///< from the end of a launch to the start of the next one in its stream
  double graph_launch_s = 0;   ///< graph_replay: host cost of submitting the graph
  double graph_node_gap_s = 0; ///< graph_replay: in place of gap_s
  double sync_s =
      0; ///< host returns from the final synchronisation this long after the last launch
};

/// A scratchpad that programs place data in: running stages hold credits of it, never more than there are.
struct Store {
  std::string name;
  Bytes capacity_bytes = 0;
};

struct Topology {
  std::vector<UnitClass> unit_classes;
  std::vector<Link> links;
  std::vector<Cache> caches;
  Host host;
  std::uint32_t streams = 1;
  std::vector<Store> stores = {};
};

// ---- the work -----------------------------------------------------------------------------------

struct EngineWork {
  EngineId engine = 0;
  double amount = 0; ///< per task
};
struct LinkBytes {
  LinkId link = 0;
  Bytes bytes = 0; ///< per task
};
/// Access of a whole group to a tensor through a cache: counts on the links as Cache says, spread over the tasks.
struct TensorAccess {
  enum class Kind : std::uint8_t { read, write };
  TensorId tensor = 0;
  CacheId cache = 0;
  Kind kind = Kind::read;
  Bytes bytes = 0; ///< distinct bytes touched
  Bytes front_bytes =
      0; ///< bytes over the front link (re-reads by several tasks included); 0 = same as `bytes`
};

struct TaskGroup {
  std::string name;
  UnitClassId unit_class = 0;
  std::uint64_t count = 0;
  std::uint32_t tasks_per_unit = 1; ///< residency limit besides scratch (threads, registers)
  Bytes scratch_bytes = 0;          ///< per task
  double fill_s = 0, drain_s = 0;
  double min_steady_s =
      0; ///< the steady phase of a lone task never ends sooner (issue limits, latency)
  std::vector<EngineWork> work;
  std::vector<LinkBytes> links; ///< not through a cache
  std::vector<TensorAccess> accesses;
};

/// What a stage occupies of a store from its start to its end.
struct StoreBytes {
  StoreId store = 0;
  Bytes bytes = 0;
};

/// Groups of a stage run side by side; the next stage starts when all of them have ended.
struct Stage {
  std::vector<TaskGroup> groups;
  double barrier_s = 0; ///< cost of the grid-wide barrier before this stage (0 for the first)
  std::vector<StoreBytes> holds = {};
};

struct Launch {
  enum class Kind : std::uint8_t { kernel, host_only };
  std::string name;
  std::uint32_t tag = 0; ///< caller's own number (subgraph id), kept in the result
  Kind kind = Kind::kernel;
  double dispatch_s = 0;     ///< host: framework cost
  double launch_s = 0;       ///< host: cost of the launch call
  double min_duration_s = 0; ///< of a kernel, however empty
  std::uint32_t stream = 0;
  std::vector<LaunchId>
      after; ///< besides stream order; earlier launches only. The host waits for none
  std::vector<Stage> stages;
  std::vector<TensorId>
      dies; ///< tensors dead once this launch has ended (host-only: the kernel before it)
};

struct Program {
  std::vector<Launch> launches;
  std::uint32_t tensor_count = 0;
};

/// Throws Error naming the launch and group: index out of range, a task that fits no unit, work without an engine
/// rate, a dependency on a later launch, negative or non-finite figures.
void verify(const Topology &topology, const Program &program);

} // namespace fusesim::sim
