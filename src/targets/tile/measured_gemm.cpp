#include "targets/tile/measured_gemm.hpp"

#include "support/error.hpp"
#include "targets/experiment.hpp"

#include <fmt/format.h>

#include <charconv>

namespace fusesim::targets::tile {

namespace {

std::int64_t extent(const Cells &cells, std::string_view column, std::string_view where) {
  const auto &text = cells(column);
  std::int64_t value = 0;
  const auto *end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || after != end || value <= 0)
    throw Error(where, fmt::format("{} is '{}'", column, text), "a whole number above 0");
  return value;
}

} // namespace

MeasuredGemm read_gemm(const Cells &cells, std::string_view where) {
  return {extent(cells, "m", where), extent(cells, "n", where), extent(cells, "k", where)};
}

double simulated_us(const MeasuredGemm &gemm, const Machine &machine, const Runtime &runtime) {
  ir::GraphBuilder builder("gemm");
  const auto a = builder.input("a", {ir::DType::f32, {gemm.m, gemm.k}});
  const auto b = builder.input("b", {ir::DType::f32, {gemm.k, gemm.n}});
  builder.output(builder.add(ir::OpKind::matmul, "matmul", {a, b}));
  return run_experiment(std::move(builder).build(), machine, runtime).latency_us();
}

} // namespace fusesim::targets::tile
