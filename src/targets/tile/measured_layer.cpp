#include "targets/tile/measured_layer.hpp"

#include "sim/run.hpp"
#include "support/error.hpp"
#include "targets/tile/topology.hpp"

#include <fmt/format.h>

#include <charconv>

namespace fusesim::targets::tile {

namespace {

constexpr double kPicosecond = 1e-12;
constexpr Bytes kPartialSumSize = 4;

std::uint64_t whole_number(const Cells &cells, std::string_view column, std::string_view where) {
  const auto &text = cells(column);
  std::uint64_t value = 0;
  const auto *end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || after != end || value == 0)
    throw Error(where, fmt::format("{} is '{}'", column, text), "a whole number above 0");
  return value;
}

Contraction contraction_of(const Extents &x, std::uint64_t stride) {
  Contraction c;
  c.m = x[Dim::n] * x[Dim::p] * x[Dim::q];
  c.n = x[Dim::k];
  c.k = x[Dim::c] * x[Dim::r] * x[Dim::s];
  // Padded such that a line of outputs covers a line of inputs.
  c.window = Window{x[Dim::q] * stride, x[Dim::p] * stride, x[Dim::q], x[Dim::p], x[Dim::s],
                    x[Dim::r], stride, stride, 1, 1};
  c.b_bytes = c.k * c.n;
  c.a_bytes = x[Dim::n] * x[Dim::c] * c.window->in_h * c.window->in_w;
  c.c_bytes = c.m * c.n;
  return c;
}

} // namespace

MeasuredLayer read_layer(const Cells &cells, const Machine &machine, std::string_view where) {
  const auto *model = std::get_if<TileMachine>(&machine.model);
  if (model == nullptr)
    throw Error(machine.name, "is no tile machine", "gemmini-16x16");
  MeasuredLayer layer;
  Extents extents;
  for (std::size_t d = 0; d < kDims; ++d) {
    const char column = letter_of(static_cast<Dim>(d));
    extents.of[d] = whole_number(cells, {&column, 1}, where);
  }
  const auto columns = whole_number(cells, "meshX", where);
  if (whole_number(cells, "pe", where) != model->array_rows * model->array_cols ||
      columns != model->array_cols)
    throw Error(where, fmt::format("an array of {} columns is not {}'s", columns, machine.name),
                fmt::format("{}×{}", model->array_rows, model->array_cols));
  layer.room = {whole_number(cells, "spad_entries", where),
                whole_number(cells, "acc_bytes_entries", where) * model->array_cols *
                    kPartialSumSize};
  auto built = *model;
  constexpr double kKib = 1024, kBuffers = 2;
  built.l2_kib_per_tile = kBuffers * static_cast<double>(layer.room.operands) / kKib;
  built.accumulator_kib = kBuffers * static_cast<double>(layer.room.partial_sums) / kKib;
  layer.figures = figures_of(built);
  layer.problem = nest_problem(contraction_of(extents, whole_number(cells, "stride", where)));
  layer.mapping = parse_loop_nest(cells("mapping"), where);
  check_loop_nest(layer.mapping, extents, model->array_rows, model->array_cols, where);
  return layer;
}

double simulated_cycles(const MeasuredLayer &layer, const NestTiling &tiling,
                        const Runtime &runtime) {
  const auto topology = make_topology(layer.figures, runtime);
  sim::Program program;
  program.launches.emplace_back().stages = {
      make_stage(topology, layer.figures,
                 nest_work(layer.problem, tiling, layer.figures, layer.figures.l3_bytes), "layer")};
  const auto result = sim::run(topology.topology, program);
  return static_cast<double>(result.latency) * kPicosecond * layer.figures.array_hz;
}

} // namespace fusesim::targets::tile
