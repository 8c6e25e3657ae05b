#include "sim/detail/dispatcher.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::sim::detail {

namespace {

/// Which of two simultaneous causes names the instant: memory over on-chip bandwidth over units;
/// phases that only pass time come last.
int rank(Cause cause) {
  switch (cause) {
  case Cause::dram:
    return 0;
  case Cause::on_chip:
    return 1;
  case Cause::compute:
    return 2;
  case Cause::tail:
    return 3;
  default:
    return 4;
  }
}

void take_stronger(std::optional<Cause> &cause, std::optional<Cause> other) {
  if (other && (!cause || rank(*other) < rank(*cause)))
    cause = other;
}

} // namespace

Dispatcher::Dispatcher(const sc_core::sc_module_name &name, RunState &run)
    : sc_module(name), pools("pools"), links("links"), stores("stores"), streams("streams"),
      host("host"), run_(run), held_(run.topology.stores.size()),
      access_bytes_(run.topology.links.size()) {
  SC_HAS_PROCESS(Dispatcher);
  SC_METHOD(on_settle);
  sensitive << settle_ << timer_;
  dont_initialize();
}

void Dispatcher::start(LaunchId launch) {
  starting_.push_back(launch);
  request_settle();
}

void Dispatcher::request_settle() { settle_.notify(sc_core::SC_ZERO_TIME); }

void Dispatcher::on_settle() {
  run_.process([this] {
    throw_if_interrupted();
    for (int i = 0; i < pools.size(); ++i)
      pools[i]->gather();
    links->gather();
    begin_launches();
    advance_launches();
    const bool one_group = alone();
    for (int i = 0; i < pools.size(); ++i)
      pools[i]->deal(one_group);
    links->settle();
    attribute();
    arm_timer();
  });
}

// ---- launches and stages-------------------------------------------------------------------------
// -------------------------------------------------------------------------------------------------

void Dispatcher::begin_launches() {
  std::sort(starting_.begin(), starting_.end());
  for (const LaunchId id : starting_) {
    run_.result.launches[id].start = now();
    run_.attribution.launch_begins(id, now());
    running_.emplace_back();
    running_.back().id = id;
    running_.back().resume = now();
  }
  starting_.clear();
}

void Dispatcher::advance_launches() {
  for (LaunchRun &run : running_)
    advance(run);
  std::erase_if(running_, [](const LaunchRun &run) { return run.state == LaunchRun::State::over; });
}

void Dispatcher::advance(LaunchRun &run) {
  using State = LaunchRun::State;
  while (run.state != State::over) {
    if (run.state == State::stage) {
      if (!std::all_of(run.groups.begin(), run.groups.end(),
                       [](const auto &group) { return group->finished(); }))
        return;
      close_stage(run);
      after_stage(run);
    } else if (run.resume > now()) {
      return;
    } else if (run.state == State::closing) {
      end(run);
    } else if (run.stage == run_.program.launches[run.id].stages.size()) {
      after_stage(run); // a launch without stages
    } else {
      open_stage(run);
    }
  }
}

void Dispatcher::close_stage(LaunchRun &run) {
  for (const StoreBytes &held : run_.program.launches[run.id].stages[run.stage].holds)
    held_[held.store] -= held.bytes;
  run.groups.clear();
  ++run.stage;
}

/// Always on: who plans programs must not place more than there is.
void Dispatcher::hold(const Launch &launch, const StoreBytes &held) {
  const Store &store = run_.topology.stores[held.store];
  held_[held.store] += held.bytes;
  if (held_[held.store] > store.capacity_bytes)
    throw InternalError(fmt::format("store '{}' of {} bytes holds {} when a stage of '{}' starts",
                                    store.name, store.capacity_bytes, held_[held.store],
                                    launch.name));
  auto &peak = run_.result.store_peak_bytes[held.store];
  peak = std::max(peak, held_[held.store]);
}

void Dispatcher::after_stage(LaunchRun &run) {
  const Launch &launch = run_.program.launches[run.id];
  if (run.stage < launch.stages.size()) {
    run.state = LaunchRun::State::barrier;
    run.resume =
        later(now(), to_ps(launch.stages[run.stage].barrier_s, {launch.name, "", "barrier"}));
    return;
  }
  run.state = LaunchRun::State::closing;
  run.resume = later(run_.result.launches[run.id].start,
                     to_ps(launch.min_duration_s, {launch.name, "", "minimum duration"}));
}

void Dispatcher::open_stage(LaunchRun &run) {
  const Launch &launch = run_.program.launches[run.id];
  run.state = LaunchRun::State::stage;
  run.stage_tag = ++last_tag_;
  for (const StoreBytes &held : launch.stages[run.stage].holds)
    hold(launch, held);
  for (const TaskGroup &group : launch.stages[run.stage].groups) {
    run.groups.push_back(
        make_group_run(run_.topology, launch, group, bytes_per_task(group, run.id)));
    run.groups.back()->launch = run.id;
    run.groups.back()->stage_tag = run.stage_tag;
    pools[static_cast<int>(group.unit_class)]->add(*run.groups.back());
  }
}

/// Accesses are spread evenly over the tasks and rounded up to whole bytes, so that none is lost;
/// the byte counters of the result count them before that rounding.
TaskBytes Dispatcher::bytes_per_task(const TaskGroup &group, LaunchId launch) {
  std::fill(access_bytes_.begin(), access_bytes_.end(), 0);
  for (const TensorAccess &access : group.accesses) {
    const Cache &cache = run_.topology.caches[access.cache];
    access_bytes_[cache.front] += access.front_bytes > 0 ? access.front_bytes : access.bytes;
    access_bytes_[cache.back] += stores[static_cast<int>(access.cache)]->access(access, launch);
  }
  task_bytes_.clear();
  for (LinkId link = 0; link < access_bytes_.size(); ++link) {
    Bytes per_task = 0;
    for (const LinkBytes &bytes : group.links)
      if (bytes.link == link)
        per_task += bytes.bytes;
    run_.result.link_bytes[link] += per_task * group.count + access_bytes_[link];
    per_task += ceil_div(access_bytes_[link], group.count);
    if (per_task > 0)
      task_bytes_.push_back({link, per_task});
  }
  return task_bytes_;
}

void Dispatcher::end(LaunchRun &run) {
  run.state = LaunchRun::State::over;
  run_.result.launches[run.id].end = run_.last_end = now();
  run_.attribution.launch_ends(run.id, now());
  const auto &launches = run_.program.launches;
  run_.timeline.stream(launches[run.id].stream, run.id, launches[run.id].name,
                       run_.result.launches[run.id].start, now());
  // Host-only steps right behind it free their tensors with it: on the host they may be over long
  // before.
  LaunchId id = run.id;
  do {
    for (const TensorId tensor : launches[id].dies)
      for (int i = 0; i < stores.size(); ++i)
        stores[i]->drop(tensor);
    ++id;
  } while (id < launches.size() && launches[id].kind == Launch::Kind::host_only);
  run_.ended[run.id] = true;
  --run_.kernels_left;
  --run_.kernels_left_in_stream[launches[run.id].stream];
  for (int i = 0; i < streams.size(); ++i)
    streams[i]->launch_ended(run.id);
  host->launch_ended(run.id);
}

/// Nothing can join the one unfinished group: it has the only running launch, and no other stream
/// has any left.
bool Dispatcher::alone() const {
  if (running_.size() != 1)
    return false;
  const LaunchRun &run = running_.front();
  const auto unfinished = std::count_if(run.groups.begin(), run.groups.end(),
                                        [](const auto &group) { return !group->finished(); });
  const std::uint32_t stream = run_.program.launches[run.id].stream;
  return unfinished == 1 && run_.kernels_left == run_.kernels_left_in_stream[stream];
}

// ---- attribution---------------------------------------------------------------------------------
// -------------------------------------------------------------------------------------------------

void Dispatcher::attribute() {
  std::optional<Cause> device;
  for (const LaunchRun &run : running_)
    take_stronger(device, cause_of(run));
  if (!device && !running_.empty())
    device = Cause::fill_drain;
  for (const LaunchRun &run : running_)
    run_.attribution.launch_bound_by(
        run.id, cause_of(run).value_or(device.value_or(Cause::fill_drain)), now());
  run_.attribution.device(device, now());
}

/// nullopt: all its tasks wait for units that other launches hold, so it is bound by whatever
/// bounds those.
std::optional<Cause> Dispatcher::cause_of(const LaunchRun &run) const {
  if (const std::optional<Cause> steady = steady_cause(run); steady && steady != Cause::compute)
    return steady;
  else if (!steady) {
    const bool waits = run.state == LaunchRun::State::stage && !run.groups.empty() &&
                       std::none_of(run.groups.begin(), run.groups.end(),
                                    [](const auto &group) { return group->any_resident(); });
    return waits ? std::nullopt : std::optional(Cause::fill_drain);
  }
  const bool tasks_wait = std::any_of(run.groups.begin(), run.groups.end(),
                                      [](const auto &group) { return group->waiting > 0; });
  if (tasks_wait)
    return Cause::compute;
  for (const auto &group : run.groups)
    if (pools[static_cast<int>(group->group->unit_class)]->idle_again(run.stage_tag))
      return Cause::tail;
  return Cause::compute;
}

std::optional<Cause> Dispatcher::steady_cause(const LaunchRun &run) const {
  std::optional<Cause> cause;
  for (const auto &group : run.groups)
    for (const auto &flow : group->flows)
      if (flow->n > 0)
        take_stronger(cause, flow->limiter);
  return cause;
}

void Dispatcher::arm_timer() {
  std::optional<Picoseconds> next;
  for (const LaunchRun &run : running_)
    if (run.state != LaunchRun::State::stage)
      next = std::min(next.value_or(run.resume), run.resume);
  if (next)
    notify_at(timer_, *next);
}

} // namespace fusesim::sim::detail
