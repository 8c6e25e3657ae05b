#pragma once

#include "sim/detail/fifo.hpp"
#include "sim/detail/max_min.hpp"
#include "sim/detail/unit_set.hpp"
#include "sim/program.hpp"
#include "sim/run.hpp"

#include <memory>
#include <span>
#include <vector>

/// Work under way: plain data that the modules hand to each other.
namespace fusesim::sim::detail {

struct GroupRun;
struct FlowClass;

/// Identical tasks that started together. In exact mode a cohort is one task.
struct Cohort {
  GroupRun *group = nullptr;
  FlowClass *flow = nullptr;
  std::uint64_t tasks = 0;
  std::uint32_t residents = 0; ///< tasks per unit, tasks of other cohorts on that unit included
  std::vector<UnitRange> units;
  Picoseconds start = 0;
  Picoseconds due = 0;      ///< end of the fill or drain phase it is in
  double steady_target = 0; ///< steady phase: ends when its class's progress gets here
};

/// Told when the steady phase of a cohort has ended.
class SteadySink {
public:
  virtual void steady_done(Cohort &cohort) = 0;

protected:
  ~SteadySink() = default;
};

/// The steady phases of one group at one residency: all advance at the same relative speed φ, so
/// one progress counter serves them all and they end in the order in which they began.
struct FlowClass : FlowShare {
  std::uint32_t residents = 0;
  Cause cap_cause = Cause::compute; ///< what bounds it when no link does
  SteadySink *sink = nullptr;
  double steady_ps = 0; ///< of a lone task
  double progress = 0;  ///< ∫ φ dt in ps up to `anchor`, since the class was last empty
  Picoseconds anchor = 0;
  double speed = 0;               ///< φ in force since `anchor`
  Cause limiter = Cause::compute; ///< what bounds it now
  Fifo<Cohort *> cohorts;
};

struct GroupRun {
  const TaskGroup *group = nullptr;
  LaunchId launch = 0;
  std::uint64_t stage_tag = 0; ///< unique per stage of the run
  std::uint64_t waiting = 0, unfinished = 0;
  std::uint32_t max_residents = 1;
  Picoseconds fill = 0, drain = 0;
  double steady_ps = 0;                ///< of a lone task; 0: no steady phase
  double engine_use = 0;               ///< of the busiest engine: its time / steady_ps
  Cause solo_cause = Cause::compute;   ///< of what sets steady_ps
  Cause engine_cause = Cause::compute; ///< of the busiest engine
  std::vector<Demand> demands;
  std::vector<std::unique_ptr<FlowClass>> flows; ///< by residency, as they come up
  Fifo<Cohort *> filling, draining;
  bool listed = false; ///< in its pool's list of groups with a phase that will end

  bool finished() const { return unfinished == 0; }
  bool any_resident() const { return waiting < unfinished; }
};

/// Bytes that each task of the group moves over each link, accesses included; entries of 0 bytes
/// are left out.
using TaskBytes = std::span<const LinkBytes>;

/// All but `launch` and `stage_tag`.
/// @param bytes  per task and link, each link at most once
std::unique_ptr<GroupRun> make_group_run(const Topology &topology, const Launch &launch,
                                         const TaskGroup &group, TaskBytes bytes);

/// The class for `residents` tasks per unit, made on first use.
FlowClass &flow_class(GroupRun &group, std::uint32_t residents);

/// Tasks of the group that fit a unit at once: tasks_per_unit, and scratch handed out as credits.
std::uint32_t max_residents(const UnitClass &units, const TaskGroup &group);

} // namespace fusesim::sim::detail
