#include "sim/detail/unit_pool.hpp"

#include <algorithm>

namespace fusesim::sim::detail {

UnitPool::UnitPool(const sc_core::sc_module_name &name, RunState &run, UnitClassId unit_class)
    : sc_module(name), device("device"), links("links"), run_(run), class_(unit_class),
      count_(run.topology.unit_classes[unit_class].count), idle_(count_) {
  if (run.options.exact)
    residents_left_.resize(count_);
  SC_HAS_PROCESS(UnitPool);
  SC_METHOD(on_phase_end);
  sensitive << phase_end_;
  dont_initialize();
}

void UnitPool::add(GroupRun &group) { waiting_.push(&group); }

bool UnitPool::idle_again(std::uint64_t stage_tag) const { return idle_.any_worked_for(stage_tag); }

// ---- dealing-------------------------------------------------------------------------------------
// -------------------------------------------------------------------------------------------------

void UnitPool::deal(bool alone) {
  idle_.settle();
  while (!waiting_.empty() && idle_.size() > 0) {
    deal_group(*waiting_.front(), alone);
    if (waiting_.front()->waiting == 0)
      waiting_.pop();
  }
  arm();
}

void UnitPool::deal_group(GroupRun &group, bool alone) {
  const std::uint32_t idle = idle_.size();
  const std::uint64_t room = std::uint64_t{idle} * group.max_residents;
  if (group.waiting >= room) {
    if (alone && idle == count_ && skip_waves(group))
      return;
    start_cohorts(group, idle, group.max_residents);
    return;
  }
  const auto share = static_cast<std::uint32_t>(group.waiting / idle);
  const auto more = static_cast<std::uint32_t>(group.waiting % idle);
  if (more > 0)
    start_cohorts(group, more, share + 1);
  if (share > 0)
    start_cohorts(group, idle - more, share);
}

bool UnitPool::skip_waves(GroupRun &group) {
  if (run_.options.exact || run_.timeline.enabled())
    return false;
  const Attribution::Mark mark = run_.attribution.mark(group.launch, now());
  const bool repeats = wave_.group == &group && wave_.stage_tag == group.stage_tag;
  const std::uint64_t room = std::uint64_t{count_} * group.max_residents;
  // The last wave is never skipped: with no task waiting behind it, its time may count as tail.
  const std::uint64_t waves = (group.waiting - 1) / room;
  if (!repeats || waves < 2) {
    wave_ = {&group, group.stage_tag, now(), mark};
    return false;
  }
  const Picoseconds wave = now() - wave_.start;
  Picoseconds all = 0;
  if (__builtin_mul_overflow(wave, waves, &all))
    all = kMaxTime;
  skip_ =
      Skip{&group, idle_.take(count_), waves * room, waves, later(now(), all), wave_.mark, mark};
  group.waiting -= skip_->tasks;
  run_.attribution.repeat_begins(now());
  return true;
}

void UnitPool::end_skip() {
  run_.attribution.repeat_ends(skip_->group->launch, skip_->from, skip_->to, skip_->waves, now());
  idle_.give_back(skip_->units, skip_->group->stage_tag);
  skip_->group->unfinished -= skip_->tasks;
  skip_.reset();
}

void UnitPool::start_cohorts(GroupRun &group, std::uint32_t units, std::uint32_t residents) {
  std::vector<UnitRange> ranges = idle_.take(units);
  const std::uint64_t tasks = std::uint64_t{units} * residents;
  group.waiting -= tasks;
  if (!run_.options.exact) {
    start_cohort(group, std::move(ranges), residents, tasks);
    return;
  }
  for (const UnitRange &range : ranges)
    for (std::uint32_t unit = range.first; unit <= range.last; ++unit) {
      residents_left_[unit] = residents;
      for (std::uint32_t i = 0; i < residents; ++i)
        start_cohort(group, {{unit, unit, range.tag}}, residents, 1);
    }
}

// ---- phases--------------------------------------------------------------------------------------
// -------------------------------------------------------------------------------------------------

void UnitPool::start_cohort(GroupRun &group, std::vector<UnitRange> units, std::uint32_t residents,
                            std::uint64_t tasks) {
  if (spare_cohorts_.empty()) {
    cohorts_.push_back(std::make_unique<Cohort>());
    spare_cohorts_.push_back(cohorts_.back().get());
  }
  Cohort &cohort = *spare_cohorts_.back();
  spare_cohorts_.pop_back();
  cohort = {.group = &group,
            .tasks = tasks,
            .residents = residents,
            .units = std::move(units),
            .start = now(),
            .due = later(now(), group.fill)};
  if (group.fill == 0) {
    begin_steady(cohort);
    return;
  }
  group.filling.push(&cohort);
  list(group);
}

void UnitPool::begin_steady(Cohort &cohort) {
  if (cohort.group->steady_ps == 0) {
    begin_drain(cohort);
    return;
  }
  FlowClass &flow = flow_class(*cohort.group, cohort.residents);
  flow.sink = this;
  links->begin_steady(flow, cohort);
}

void UnitPool::steady_done(Cohort &cohort) { begin_drain(cohort); }

void UnitPool::begin_drain(Cohort &cohort) {
  if (cohort.group->drain == 0) {
    finish(cohort);
    return;
  }
  cohort.due = later(now(), cohort.group->drain);
  cohort.group->draining.push(&cohort);
  list(*cohort.group);
}

void UnitPool::finish(Cohort &cohort) {
  GroupRun &group = *cohort.group;
  group.unfinished -= cohort.tasks;
  if (!run_.options.exact || --residents_left_[cohort.units.front().first] == 0)
    idle_.give_back(cohort.units, group.stage_tag);
  run_.timeline.units({.unit_class = class_,
                       .units = cohort.units,
                       .launch = group.launch,
                       .per_unit = cohort.residents,
                       .label = group.group->name},
                      cohort.start, now());
  spare_cohorts_.push_back(&cohort);
  device->request_settle();
}

// ---- events--------------------------------------------------------------------------------------
// -------------------------------------------------------------------------------------------------

void UnitPool::list(GroupRun &group) {
  if (group.listed)
    return;
  group.listed = true;
  listed_.push_back(&group);
}

void UnitPool::gather() {
  if (skip_ && skip_->end <= now())
    end_skip();
  // Fill and drain take the same time for all tasks of a group: what began first ends first.
  for (GroupRun *group : listed_) {
    while (!group->draining.empty() && group->draining.front()->due <= now())
      finish(*group->draining.pop());
    while (!group->filling.empty() && group->filling.front()->due <= now())
      begin_steady(*group->filling.pop());
    group->listed = !group->draining.empty() || !group->filling.empty();
  }
  std::erase_if(listed_, [](const GroupRun *group) { return !group->listed; });
}

void UnitPool::on_phase_end() {
  run_.process([this] {
    gather();
    device->request_settle();
  });
}

void UnitPool::arm() {
  if (!skip_ && listed_.empty())
    return;
  Picoseconds next = skip_ ? skip_->end : kMaxTime;
  for (const GroupRun *group : listed_) {
    if (!group->filling.empty())
      next = std::min(next, group->filling.front()->due);
    if (!group->draining.empty())
      next = std::min(next, group->draining.front()->due);
  }
  notify_at(phase_end_, std::max(next, now()));
}

} // namespace fusesim::sim::detail
