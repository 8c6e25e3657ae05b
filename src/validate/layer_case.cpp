// A layer on Gemmini with its mapping as a loop nest, simulated as given.
#include "validate/layer_case.hpp"

#include "sim/run.hpp"
#include "support/error.hpp"
#include "targets/tile/topology.hpp"
#include "validate/kinds.hpp"

#include <fmt/format.h>

namespace fusesim::validate {

namespace {

using namespace targets::tile;

constexpr const char *kMachine = "gemmini-16x16";
constexpr double kKib = 1024, kBuffers = 2;
constexpr Bytes kPartialSumSize = 4;

std::uint64_t count(const Fields &fields, std::string_view column) {
  return static_cast<std::uint64_t>(fields.count(column));
}

/// Padded such that a line of outputs covers a line of inputs; one byte per element.
Contraction contraction_of(const Extents &x, std::uint64_t stride) {
  Contraction c;
  c.m = x[Dim::n] * x[Dim::p] * x[Dim::q];
  c.n = x[Dim::k];
  c.k = x[Dim::c] * x[Dim::r] * x[Dim::s];
  c.window = Window{x[Dim::q] * stride,
                    x[Dim::p] * stride,
                    x[Dim::q],
                    x[Dim::p],
                    x[Dim::s],
                    x[Dim::r],
                    stride,
                    stride,
                    1,
                    1};
  c.a_bytes = x[Dim::n] * x[Dim::c] * c.window->in_h * c.window->in_w;
  c.b_bytes = c.k * c.n;
  c.c_bytes = c.m * c.n;
  return c;
}

Extents extents_of(const Fields &fields) {
  Extents extents;
  for (std::size_t d = 0; d < kDims; ++d) {
    const char column = letter_of(static_cast<Dim>(d));
    extents.of[d] = count(fields, {&column, 1});
  }
  return extents;
}

/// The row's mapping, which is its layer's and fits its array.
LoopNest mapping_of(const Fields &fields) {
  const auto columns = count(fields, "meshX");
  auto nest = parse_loop_nest(fields.text("mapping"), fields.place());
  check_loop_nest(nest, extents_of(fields), count(fields, "pe") / columns, columns, fields.place());
  return nest;
}

class LayerCase final : public Case {
public:
  CsvTable table; ///< the row alone

  Prediction predict(Bench &bench) const override {
    const auto &machine = bench.machine(labels.machine);
    const auto layer = read_mapped_layer(Fields(table, table.rows.front()),
                                         std::get<targets::TileMachine>(machine.model));
    const auto topology = make_topology(layer.figures, bench.runtime(labels.runtime));
    sim::Program program;
    program.launches.emplace_back().stages = {make_stage(
        topology, layer.figures,
        nest_work(layer.problem, layer.tiling, layer.figures, layer.figures.l3_bytes), "layer")};
    const auto run = sim::run(topology.topology, program);
    Prediction prediction;
    prediction.value = static_cast<double>(run.latency) * 1e-12 * layer.figures.array_hz;
    for (std::size_t c = 0; c < sim::kCauseCount; ++c)
      prediction.shares[c] =
          static_cast<double>(run.attribution[c]) / static_cast<double>(run.latency);
    return prediction;
  }
};

} // namespace

MappedLayer read_mapped_layer(const Fields &fields, const targets::TileMachine &machine) {
  if (count(fields, "pe") != std::uint64_t{machine.array_rows} * machine.array_cols ||
      count(fields, "meshX") != machine.array_cols)
    fields.fail("pe", "is another array than the machine's",
                fmt::format("{} has {} by {}", kMachine, machine.array_rows, machine.array_cols));
  MappedLayer layer;
  layer.room.operands = count(fields, "spad_entries");
  layer.room.partial_sums =
      count(fields, "acc_bytes_entries") * machine.array_cols * kPartialSumSize;
  auto built = machine;
  built.l2_kib_per_tile = kBuffers * static_cast<double>(layer.room.operands) / kKib;
  built.accumulator_kib = kBuffers * static_cast<double>(layer.room.partial_sums) / kKib;
  layer.figures = figures_of(built);
  layer.problem = nest_problem(contraction_of(extents_of(fields), count(fields, "stride")));
  layer.tiling = tiling_of(mapping_of(fields));
  return layer;
}

std::unique_ptr<Case> read_layer(const Fields &fields) {
  mapping_of(fields); // a bad one is the file's error, not a row's that cannot be predicted
  auto one = std::make_unique<LayerCase>();
  one->labels = {fields.text("op"), kMachine, "bare-metal", "i8", fields.count("N")};
  one->table = fields.table();
  one->table.rows = {fields.row()};
  return one;
}

} // namespace fusesim::validate
