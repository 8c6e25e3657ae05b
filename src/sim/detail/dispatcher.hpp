#pragma once

#include "sim/detail/interfaces.hpp"
#include "sim/detail/run_state.hpp"

#include <optional>

namespace fusesim::sim::detail {

/// Runs launches on the device: stages one after the other, groups of a stage side by side, tasks
/// dealt to units.
///
/// All that ends at one instant may wake several modules, in an order that SystemC does not
/// promise. None of them acts on it. They ask for settle(), which runs one delta cycle later and
/// does everything in a fixed order:
///
///   instant t, delta 0   phases, streams, timers: "something is due"      (any order, only
///   gathers)
///              delta 1   settle: gather the rest -> launches and stages go on -> deal tasks to
///              idle units
///                                -> share the links -> name the cause of the time to come
///
/// So neither the grouping of tasks into cohorts nor the order of events can change a result.
class Dispatcher : public sc_core::sc_module, public DeviceIf {
public:
  Dispatcher(const sc_core::sc_module_name &name, RunState &run);

  sc_core::sc_port<UnitPoolIf, 0, sc_core::SC_ZERO_OR_MORE_BOUND> pools;
  sc_core::sc_port<LinksIf> links;
  sc_core::sc_port<TensorStoreIf, 0, sc_core::SC_ZERO_OR_MORE_BOUND> stores;
  sc_core::sc_port<StreamIf, 0, sc_core::SC_ZERO_OR_MORE_BOUND> streams;
  sc_core::sc_port<HostIf> host;

  void start(LaunchId launch) override;
  void request_settle() override;

private:
  struct LaunchRun {
    enum class State : std::uint8_t { barrier, stage, closing, over };
    LaunchId id = 0;
    State state = State::barrier;
    std::size_t stage = 0;
    std::uint64_t stage_tag = 0;
    Picoseconds resume = 0; ///< end of the barrier, or earliest end of the launch
    std::vector<std::unique_ptr<GroupRun>> groups; ///< of the current stage
  };

  void on_settle();
  void begin_launches();
  void advance_launches();
  void advance(LaunchRun &run);
  void after_stage(LaunchRun &run);
  void open_stage(LaunchRun &run);
  void close_stage(LaunchRun &run);
  void hold(const Launch &launch, const StoreBytes &held);
  TaskBytes bytes_per_task(const TaskGroup &group, LaunchId launch);
  void end(LaunchRun &run);
  bool alone() const;
  void attribute();
  std::optional<Cause> cause_of(const LaunchRun &run) const;
  std::optional<Cause> steady_cause(const LaunchRun &run) const;
  void arm_timer();

  RunState &run_;
  sc_core::sc_event settle_, timer_;
  std::vector<LaunchId> starting_;
  std::vector<LaunchRun> running_;
  std::uint64_t last_tag_ = 0;
  std::vector<Bytes> held_;         ///< by StoreId
  std::vector<Bytes> access_bytes_; ///< by link, of the group being opened
  std::vector<LinkBytes> task_bytes_;
};

} // namespace fusesim::sim::detail
