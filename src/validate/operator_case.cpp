// One operator alone, run again and again as benchmarks do: the second of two runs is what counts, since the first
// one's tensors may still lie in L2.
#include "validate/kinds.hpp"

#include "ir/graph.hpp"
#include "support/error.hpp"
#include "targets/experiment.hpp"

#include <fmt/format.h>

#include <functional>
#include <optional>

namespace fusesim::validate {

namespace {

/// What stood between the two clock readings, besides the kernels.
enum class Timing : std::uint8_t {
  kernel,     ///< nothing: many calls in a row, averaged
  event,      ///< host dispatch on an idle device: events recorded right before and after one call
  wall_clock, ///< that, and the host's wait for the end
};

using Build = std::function<ir::ValueId(ir::GraphBuilder &, const std::string &name,
                                        const std::vector<ir::ValueId> &operands)>;

class OperatorCase final : public Case {
public:
  std::string place;
  Timing timing = Timing::kernel;
  std::optional<double>
      overhead_us; ///< of the host that measured: framework, launch, synchronisation
  targets::Precision precision;
  std::vector<ir::TensorType> inputs, weights;
  Build build;

  Prediction predict(Bench &bench) const override try {
    const auto &runtime = bench.runtime(labels.runtime);
    targets::ExperimentOptions options;
    options.dtype = precision.dtype;
    options.autocast = precision.autocast;
    options.channels_last = timing == Timing::kernel; // the library's own tensors, as it likes them
    options.strict_f32 = true; // data/measured/README.md: f32 of this file is without TF32
    const auto experiment =
        targets::run_experiment(graph(), bench.machine(labels.machine), runtime, options);
    const auto &launches = experiment.lowered.program.launches;
    const auto second = launches.back().tag; // its subgraph
    double kernels_us = 0, host_us = 0, call_us = 0;
    Prediction prediction;
    for (std::size_t i = 0; i < launches.size(); ++i) {
      if (launches[i].kind == sim::Launch::Kind::host_only) {
        call_us += launches[i].dispatch_s * 1e6;
        continue;
      }
      if (launches[i].tag != second)
        continue;
      const auto &result = experiment.run.launches[i];
      kernels_us += static_cast<double>(result.end - result.start) * 1e-6 + runtime.kernel_gap_us;
      host_us += host_us == 0 ? launches[i].dispatch_s * 1e6 : 0;
      for (std::size_t c = 0; c < sim::kCauseCount; ++c)
        prediction.shares[c] += static_cast<double>(result.attribution[c]) * 1e-6;
    }
    double overhead = 0;
    if (timing != Timing::kernel)
      overhead = call_us + host_us + runtime.launch_us + runtime.launch_latency_us;
    if (timing == Timing::wall_clock)
      overhead += runtime.sync_us;
    const double value = kernels_us + overhead_us.value_or(overhead);
    for (double &share : prediction.shares)
      share /= value;
    prediction.value = value;
    return prediction;
  } catch (const Error &error) {
    throw Error(place, error.what());
  }

private:
  ir::Graph graph() const {
    ir::GraphBuilder builder(labels.model);
    std::vector<ir::ValueId> operands;
    for (const auto &type : inputs)
      operands.push_back(builder.input(fmt::format("input{}", operands.size()), type));
    for (const auto &type : weights)
      operands.push_back(builder.weight(fmt::format("weight{}", operands.size()), type));
    builder.output(build(builder, "first", operands));
    builder.output(build(builder, "second", operands));
    return std::move(builder).build();
  }
};

ir::TensorType floats(ir::Dims dims) { return {ir::DType::f32, std::move(dims)}; }

Build plain(ir::OpKind kind, ir::Attributes attributes = {}) {
  return [kind, attributes](ir::GraphBuilder &builder, const std::string &name,
                            const std::vector<ir::ValueId> &operands) {
    return builder.add(kind, name, operands, attributes);
  };
}

void read_product(const Fields &fields, OperatorCase &one) {
  const auto m = fields.count("m"), n = fields.count("n"), k = fields.count("k");
  const auto batch = fields.count_or("batch", 1);
  if (one.labels.model == "bmm") {
    one.inputs = {floats({batch, m, k}), floats({batch, k, n})};
    one.build = plain(ir::OpKind::matmul);
  } else if (one.timing == Timing::wall_clock) { // torch.matmul of two tensors, no module around it
    one.inputs = {floats({batch * m, k}), floats({k, n})};
    one.build = plain(ir::OpKind::matmul);
  } else {
    // A library's own call counts columns first: its m are neighbours in memory.
    const bool columns_first = one.timing == Timing::kernel;
    one.inputs = {floats({batch * (columns_first ? n : m), k})};
    one.weights = {floats({columns_first ? m : n, k})};
    one.build = plain(ir::OpKind::linear);
  }
}

void read_conv(const Fields &fields, OperatorCase &one) {
  const auto cin = fields.count("cin");
  one.inputs = {floats({fields.count("batch"), cin, fields.count("h"), fields.count("w")})};
  one.weights = {floats({fields.count("cout"), cin, fields.count("kh"), fields.count("kw")})};
  ir::ConvAttrs attributes;
  attributes.stride = {fields.count("stride_h"), fields.count("stride_w")};
  attributes.padding = {fields.size("pad_h"), fields.size("pad_w")};
  one.build = plain(ir::OpKind::conv2d, attributes);
}

void read_rows(const Fields &fields, OperatorCase &one, ir::OpKind kind,
               ir::Attributes attributes) {
  const auto cols = fields.count_or("cols", 1);
  one.inputs.push_back(floats({fields.count("batch"), cols}));
  if (kind == ir::OpKind::add || kind == ir::OpKind::mul)
    one.inputs.push_back(one.inputs.front());
  if (kind == ir::OpKind::layer_norm &&
      one.timing != Timing::wall_clock) // a module's; a function has none
    one.weights = {floats({cols}), floats({cols})};
  one.build = plain(kind, std::move(attributes));
}

void read_shapes(const Fields &fields, OperatorCase &one) {
  using ir::OpKind;
  const auto &op = one.labels.model;
  const std::vector<std::pair<std::string_view, OpKind>> elementwise{
      {"add", OpKind::add},   {"mul", OpKind::mul},         {"relu", OpKind::relu},
      {"gelu", OpKind::gelu}, {"sigmoid", OpKind::sigmoid}, {"silu", OpKind::silu},
      {"tanh", OpKind::tanh}};
  if (op == "gemm" || op == "bmm")
    return read_product(fields, one);
  if (op == "conv2d")
    return read_conv(fields, one);
  if (op == "softmax")
    return read_rows(fields, one, OpKind::softmax, ir::AxisAttrs{.dims = {1}});
  if (op == "layer_norm")
    return read_rows(fields, one, OpKind::layer_norm, ir::NormAttrs{});
  for (const auto &[name, kind] : elementwise)
    if (op == name)
      return read_rows(fields, one, kind, {});
  fields.fail("op", fmt::format("is '{}'", op),
              "known are gemm, bmm, conv2d, softmax, layer_norm, add, mul, relu, gelu, sigmoid, "
              "silu, tanh");
}

Timing timing_of(const Fields &fields) {
  const auto &text = fields.text("timing");
  if (text.starts_with("kernel"))
    return Timing::kernel;
  if (text.starts_with("cuda-event"))
    return Timing::event;
  if (text.starts_with("wall clock"))
    return Timing::wall_clock;
  fields.fail("timing", fmt::format("is '{}'", text),
              "must begin with kernel, cuda-event or wall clock");
}

} // namespace

std::unique_ptr<Case> read_operator(const Fields &fields) {
  auto one = std::make_unique<OperatorCase>();
  one->place = fields.place();
  one->timing = timing_of(fields);
  if (fields.has("overhead_us"))
    one->overhead_us = fields.positive("overhead_us");
  one->precision = precision_of(fields, "dtype");
  one->labels = {fields.text("op"), fields.text("gpu"), fields.text_or("runtime", "pytorch-eager"),
                 fields.text("dtype"), fields.count_or("batch", 1)};
  read_shapes(fields, *one);
  return one;
}

} // namespace fusesim::validate
