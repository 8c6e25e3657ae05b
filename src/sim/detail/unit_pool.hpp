#pragma once

#include "sim/detail/interfaces.hpp"
#include "sim/detail/run_state.hpp"

#include <optional>

namespace fusesim::sim::detail {

/// The units of one class: deals waiting tasks to idle units and takes them through fill and drain
/// (the steady phase in between belongs to the links).
///
/// Dealing is breadth-first, as a GPU distributes CTAs: the tasks that wait go evenly over the idle
/// units, floor or ceiling share each, at most max_residents. Tasks dealt to a unit together end
/// together, then it is idle again.
///
///   9 tasks, 4 idle units, 2 residents:   |2|2|2|2| then 1 task waits for the next idle unit
///   6 tasks, 4 idle units, 2 residents:   |2|2|1|1|
///
/// Whole waves of a group that has the device to itself repeat exactly, so after the first one the
/// others are skipped in one step, and their time and attribution are the first one's times their
/// number.
class UnitPool : public sc_core::sc_module, public UnitPoolIf, public SteadySink {
public:
  UnitPool(const sc_core::sc_module_name &name, RunState &run, UnitClassId unit_class);

  sc_core::sc_port<DeviceIf> device;
  sc_core::sc_port<LinksIf> links;

  void add(GroupRun &group) override;
  void gather() override;
  void deal(bool alone) override;
  bool idle_again(std::uint64_t stage_tag) const override;
  void steady_done(Cohort &cohort) override;

private:
  /// A wave over all units, under way or just over.
  struct Wave {
    const GroupRun *group = nullptr;
    std::uint64_t stage_tag = 0; ///< a later group may lie at the same address
    Picoseconds start = 0;
    Attribution::Mark mark;
  };
  /// Waves being skipped.
  struct Skip {
    GroupRun *group = nullptr;
    std::vector<UnitRange> units;
    std::uint64_t tasks = 0, waves = 0;
    Picoseconds end = 0;
    Attribution::Mark from, to;
  };

  void on_phase_end();
  void deal_group(GroupRun &group, bool alone);
  bool skip_waves(GroupRun &group);
  void end_skip();
  void start_cohorts(GroupRun &group, std::uint32_t units, std::uint32_t residents);
  void start_cohort(GroupRun &group, std::vector<UnitRange> units, std::uint32_t residents,
                    std::uint64_t tasks);
  void begin_steady(Cohort &cohort);
  void begin_drain(Cohort &cohort);
  void finish(Cohort &cohort);
  void list(GroupRun &group);
  void arm();

  RunState &run_;
  const UnitClassId class_;
  const std::uint32_t count_;
  sc_core::sc_event phase_end_;
  UnitSet idle_;
  Fifo<GroupRun *> waiting_;
  std::vector<GroupRun *> listed_;            ///< groups with cohorts that fill or drain
  std::vector<std::uint32_t> residents_left_; ///< exact mode: by unit
  std::vector<std::unique_ptr<Cohort>> cohorts_;
  std::vector<Cohort *> spare_cohorts_;
  Wave wave_;
  std::optional<Skip> skip_;
};

} // namespace fusesim::sim::detail
