// A matrix product alone on a tile machine, mapped by the machine's own mapper.
#include "validate/kinds.hpp"

#include "ir/graph.hpp"
#include "targets/experiment.hpp"

#include <algorithm>

namespace fusesim::validate {

namespace {

class ProductCase final : public Case {
public:
  std::int64_t m = 1, n = 1, k = 1;

  Prediction predict(Bench &bench) const override {
    ir::GraphBuilder builder("product");
    const auto a = builder.input("a", {ir::DType::f32, {m, k}});
    const auto b = builder.input("b", {ir::DType::f32, {k, n}});
    builder.output(builder.add(ir::OpKind::matmul, "product", {a, b}));
    const auto experiment = targets::run_experiment(
        std::move(builder).build(), bench.machine(labels.machine), bench.runtime(labels.runtime));
    Prediction prediction;
    prediction.value = experiment.latency_us();
    for (std::size_t c = 0; c < sim::kCauseCount; ++c)
      prediction.shares[c] = static_cast<double>(experiment.run.attribution[c]) /
                             static_cast<double>(experiment.run.latency);
    return prediction;
  }
};

/// By what limits them: start-up, start-up and traffic, the arrays.
std::string shape_class(std::int64_t m, std::int64_t n, std::int64_t k) {
  constexpr std::int64_t kOneFold = 128, kManyFolds = 1024;
  if (std::max({m, n, k}) <= kOneFold)
    return "small product";
  return std::min({m, n, k}) >= kManyFolds ? "large product" : "medium product";
}

} // namespace

std::unique_ptr<Case> read_device_product(const Fields &fields) {
  auto one = std::make_unique<ProductCase>();
  one->m = fields.count("m");
  one->n = fields.count("n");
  one->k = fields.count("k");
  one->labels = {shape_class(one->m, one->n, one->k), fields.text("device"), "xla", "f32", 1};
  return one;
}

} // namespace fusesim::validate
