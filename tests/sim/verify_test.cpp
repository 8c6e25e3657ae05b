#include "builders.hpp"
#include "support/error.hpp"

#include <cmath>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

namespace fusesim::sim::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Fault {
  const char *name;
  std::function<void(Topology &, Program &)> plant;
  std::vector<std::string> said; ///< the message names place and fault
};

class Verify : public ::testing::TestWithParam<Fault> {};

/// A sound machine and program with one of everything.
void make_sound(Topology &topology, Program &program) {
  topology = machine(2);
  topology.caches.push_back({"l2", 1000, 0, 0});
  TaskGroup group = tasks(2, 100, 10);
  group.name = "tiles";
  group.accesses.push_back({0, 0, TensorAccess::Kind::read, 100, 0});
  program.tensor_count = 1;
  program.launches = {kernel({group}), kernel({group})};
  program.launches[1].name = "conv";
  program.launches[1].after = {0};
  program.launches[1].dies = {0};
}

TaskGroup &tiles(Program &program) { return program.launches[1].stages[0].groups[0]; }

TEST(VerifySound, LetsPassWhatIsRight) {
  Topology topology;
  Program program;
  make_sound(topology, program);
  EXPECT_NO_THROW(verify(topology, program));
}

TEST_P(Verify, NamesThePlaceAndTheFault) {
  Topology topology;
  Program program;
  make_sound(topology, program);
  GetParam().plant(topology, program);
  try {
    run(topology, program);
    FAIL() << "no error";
  } catch (const Error &error) {
    for (const std::string &text : GetParam().said)
      EXPECT_THAT(error.what(), HasSubstr(text));
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
  }
}

const double kInfinity = std::numeric_limits<double>::infinity();
const std::string kGroup = "launch 1 'conv', group 'tiles'";

INSTANTIATE_TEST_SUITE_P(
    Program, Verify,
    ::testing::
        Values(
            Fault{"UnitClass",
                  [](auto &, auto &p) { tiles(p).unit_class = 1; },
                  {kGroup, "unit class 1", "valid: 0 to 0"}},
            Fault{"Engine",
                  [](auto &, auto &p) { tiles(p).work[0].engine = 3; },
                  {kGroup, "engine 3"}},
            Fault{"Link", [](auto &, auto &p) { tiles(p).links[0].link = 9; }, {kGroup, "link 9"}},
            Fault{"Cache",
                  [](auto &, auto &p) { tiles(p).accesses[0].cache = 1; },
                  {kGroup, "cache 1"}},
            Fault{"Tensor",
                  [](auto &, auto &p) { tiles(p).accesses[0].tensor = 1; },
                  {kGroup, "tensor 1"}},
            Fault{"DyingTensor",
                  [](auto &, auto &p) { p.launches[1].dies = {7}; },
                  {"launch 1 'conv'", "tensor 7"}},
            Fault{"Stream",
                  [](auto &, auto &p) { p.launches[1].stream = 1; },
                  {"launch 1 'conv'", "stream 1"}},
            Fault{"LaterLaunch",
                  [](auto &, auto &p) { p.launches[1].after = {1}; },
                  {"launch 1 'conv'", "after launch 1"}},
            Fault{"NoTasks",
                  [](auto &, auto &p) { tiles(p).count = 0; },
                  {kGroup, "task count is 0"}},
            Fault{"NoResidents",
                  [](auto &, auto &p) { tiles(p).tasks_per_unit = 0; },
                  {kGroup, "tasks_per_unit is 0"}},
            Fault{"Scratch",
                  [](auto &, auto &p) { tiles(p).scratch_bytes = 1; },
                  {kGroup, "1 bytes of scratch", "has 0"}},
            Fault{"NoRate",
                  [](auto &t, auto &) { t.unit_classes[0].engines[0].rate_per_s = 0; },
                  {"group 'tiles'", "'alu'", "rate is 0"}},
            Fault{"NegativeWork",
                  [](auto &, auto &p) { tiles(p).work[0].amount = -1; },
                  {kGroup, "work of -1"}},
            Fault{"EndlessWork",
                  [](auto &, auto &p) { tiles(p).work[0].amount = kInfinity; },
                  {kGroup, "work of inf"}},
            Fault{"NegativeFill",
                  [](auto &, auto &p) { tiles(p).fill_s = -1; },
                  {kGroup, "fill_s is -1"}},
            Fault{"DrainNotANumber",
                  [](auto &, auto &p) { tiles(p).drain_s = std::nan(""); },
                  {kGroup, "drain_s is nan"}},
            Fault{"LongSteady",
                  [](auto &, auto &p) { tiles(p).min_steady_s = 1e9; },
                  {kGroup, "min_steady_s is 1e+09"}},
            Fault{"NegativeDispatch",
                  [](auto &, auto &p) { p.launches[1].dispatch_s = -2; },
                  {"launch 1 'conv'", "dispatch_s is -2"}},
            Fault{"NegativeCall",
                  [](auto &, auto &p) { p.launches[1].launch_s = -2; },
                  {"launch 1 'conv'", "launch_s is -2"}},
            Fault{"NegativeMinimum",
                  [](auto &, auto &p) { p.launches[1].min_duration_s = -2; },
                  {"launch 1 'conv'", "min_duration_s is -2"}},
            Fault{"FirstBarrier",
                  [](auto &, auto &p) { p.launches[1].stages[0].barrier_s = 1; },
                  {"launch 1 'conv'", "barrier before its first stage"}},
            Fault{
                "NegativeBarrier",
                [](auto &, auto &p) {
                  p.launches[1].stages.push_back({{}, -1});
                },
                {"launch 1 'conv'", "barrier_s is -1"}},
            Fault{"HostOnlyWork",
                  [](auto &, auto &p) { p.launches[1].kind = Launch::Kind::host_only; },
                  {"launch 1 'conv'", "host-only but has stages"}},
            Fault{"FrontBytes",
                  [](auto &, auto &p) { tiles(p).accesses[0].front_bytes = 99; },
                  {kGroup, "touches 100 bytes", "only 99"}},
            Fault{"ManyBytes",
                  [](auto &, auto &p) { tiles(p).links[0].bytes = ~Bytes{0} / 2 + 1; },
                  {kGroup, "overflow 64 bits"}},
            Fault{"SlowWork",
                  [](auto &, auto &p) { tiles(p).work[0].amount = 1e20; },
                  {"conv", "tiles", "steady phase of 1e+11 s"}}),
    [](const auto &param) { return std::string(param.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Machine, Verify,
    ::testing::Values(
        Fault{"NoUnits",
              [](auto &t, auto &) { t.unit_classes[0].count = 0; },
              {"unit class 0 'unit'", "count is 0"}},
        Fault{"NegativeRate",
              [](auto &t, auto &) { t.unit_classes[0].engines[0].rate_per_s = -5; },
              {"engine 0 'alu'", "rate is -5"}},
        Fault{"EngineCause",
              [](auto &t, auto &) { t.unit_classes[0].engines[0].cause = Cause::dram; },
              {"engine 0 'alu'", "charged to dram", "compute or on_chip"}},
        Fault{"NoBandwidth",
              [](auto &t, auto &) { t.links[0].bytes_per_s = 0; },
              {"link 0 'dram'", "bandwidth is 0"}},
        Fault{"AbsurdBandwidth",
              [](auto &t, auto &) { t.links[0].bytes_per_s = 1e17; },
              {"link 0 'dram'", "bandwidth is 1e+17"}},
        Fault{"LinkCause",
              [](auto &t, auto &) { t.links[0].cause = Cause::tail; },
              {"link 0 'dram'", "charged to tail", "dram or on_chip"}},
        Fault{"CacheFront",
              [](auto &t, auto &) { t.caches[0].front = 2; },
              {"cache 0 'l2'", "front link 2"}},
        Fault{"CacheBack",
              [](auto &t, auto &) { t.caches[0].back = 2; },
              {"cache 0 'l2'", "back link 2"}},
        Fault{"NoStreams",
              [](auto &t, auto &) { t.streams = 0; },
              {"host", "number of streams is 0"}},
        Fault{"NoQueue",
              [](auto &t, auto &) { t.host.queue_depth = 0; },
              {"host", "queue_depth is 0"}},
        Fault{"Latency",
              [](auto &t, auto &) { t.host.launch_latency_s = -1; },
              {"host", "launch_latency_s is -1"}},
        Fault{"Gap", [](auto &t, auto &) { t.host.gap_s = -1; }, {"host", "gap_s is -1"}},
        Fault{"GraphLaunch",
              [](auto &t, auto &) { t.host.graph_launch_s = -1; },
              {"host", "graph_launch_s is -1"}},
        Fault{"GraphGap",
              [](auto &t, auto &) { t.host.graph_node_gap_s = kInfinity; },
              {"host", "graph_node_gap_s is inf"}},
        Fault{"Sync", [](auto &t, auto &) { t.host.sync_s = -1; }, {"host", "sync_s is -1"}}),
    [](const auto &param) { return std::string(param.param.name); });

} // namespace
} // namespace fusesim::sim::test
