#pragma once

#include "sim/detail/group_run.hpp"
#include "sim/program.hpp"

#include <systemc>

/// What the modules know of each other.
///
///           submit            start              add, deal
///   Host ───────────> Stream ───────> Dispatcher ──────────> UnitPool ─┐ begin_steady
///    ^                  ^               │  │  └──access──> TensorStore  │
///    └──launch_ended────┴───────────────┘  └──settle──> FluidLinks <────┘
namespace fusesim::sim::detail {

class StreamIf : public virtual sc_core::sc_interface {
public:
  virtual void submit(LaunchId launch) = 0;
  /// Any kernel has ended, of this stream or another.
  virtual void launch_ended(LaunchId launch) = 0;
};

class HostIf : public virtual sc_core::sc_interface {
public:
  virtual void launch_ended(LaunchId launch) = 0;
};

class DeviceIf : public virtual sc_core::sc_interface {
public:
  /// The launch starts now.
  virtual void start(LaunchId launch) = 0;
  /// Something ended: look for what can go on once all that ends now has done so.
  virtual void request_settle() = 0;
};

class UnitPoolIf : public virtual sc_core::sc_interface {
public:
  /// The group's tasks wait for units, behind those of earlier groups.
  virtual void add(GroupRun &group) = 0;
  /// Ends every phase that is due; harmless when called again.
  virtual void gather() = 0;
  /// Deals waiting tasks to idle units.
  /// @param alone  the one group under way has the device to itself until it has finished
  virtual void deal(bool alone) = 0;
  /// A unit that worked for the stage has nothing to do.
  virtual bool idle_again(std::uint64_t stage_tag) const = 0;
};

class LinksIf : public virtual sc_core::sc_interface {
public:
  virtual void begin_steady(FlowClass &flow, Cohort &cohort) = 0;
  /// Ends every steady phase that is due; harmless when called again.
  virtual void gather() = 0;
  /// Shares the links anew if flows came or went.
  virtual void settle() = 0;
};

class TensorStoreIf : public virtual sc_core::sc_interface {
public:
  /// The access of a group that starts now. Returns the bytes over the back link.
  virtual Bytes access(const TensorAccess &access, LaunchId launch) = 0;
  virtual void drop(TensorId tensor) = 0;
};

} // namespace fusesim::sim::detail
