#include "validate/kinds.hpp"

#include "support/error.hpp"
#include "targets/experiment.hpp"

#include <fmt/format.h>

namespace fusesim::validate {

namespace {

class NetworkCase final : public Case {
public:
  std::string model, place;
  std::int64_t size = 0; ///< 0: the model's own
  targets::Precision precision;
  bool channels_last = false, fused_attention = false, copies_linear_bias = false;

  Prediction predict(Bench &bench) const override try {
    targets::ExperimentOptions options;
    options.dtype = precision.dtype;
    options.autocast = precision.autocast;
    options.channels_last = channels_last;
    options.copies_linear_bias = copies_linear_bias;
    if (fused_attention)
      options.strategy = "sdpa";
    const auto experiment = targets::run_experiment(bench.network(model, labels.batch, size),
                                                    bench.machine(labels.machine),
                                                    bench.runtime(labels.runtime), options);
    constexpr double kUsPerMs = 1000;
    Prediction prediction{experiment.latency_us() / kUsPerMs, {}};
    for (std::size_t i = 0; i < sim::kCauseCount; ++i)
      prediction.shares[i] = static_cast<double>(experiment.run.attribution[i]) /
                             static_cast<double>(experiment.run.latency);
    return prediction;
  } catch (const Error &error) {
    throw Error(place, error.what());
  }
};

} // namespace

std::unique_ptr<Case> read_network(const Fields &fields) {
  auto one = std::make_unique<NetworkCase>();
  one->place = fields.place();
  one->model = fields.text("model");
  one->size = fields.count_or("image_size", 0);
  one->precision = precision_of(fields, "precision");
  // How it was run, where that is no property of the runtime, stands in the note.
  one->channels_last = fields.text_or("note", "").find("nhwc") != std::string::npos;
  one->copies_linear_bias = fields.text_or("note", "").find("bias copied") != std::string::npos;
  // timm's benchmark names its files after PyTorch's version; since 2.0 its models call one attention operator.
  one->fused_attention = fields.text("runtime") == "pytorch-eager" &&
                         fields.text_or("source", "").find("-pt2") != std::string::npos;
  one->labels = {one->model, fields.text("gpu"), fields.text("runtime"), fields.text("precision"),
                 fields.count("batch")};
  one->pairing =
      fmt::format("{} {} {} {} {} {}", one->model, one->labels.machine, one->labels.dtype,
                  one->labels.batch, one->size, fields.text_or("source", ""));
  return one;
}

} // namespace fusesim::validate
