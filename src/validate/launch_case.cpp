// Launch microbenchmarks: empty kernels, started as the row says, on the simulated machine.
#include "validate/kinds.hpp"
#include "validate/launches.hpp"

#include "support/error.hpp"

namespace fusesim::validate {

namespace {

class LaunchCase final : public Case {
public:
  std::string place;
  LaunchProtocol protocol{};
  std::uint32_t kernels = 1;

  Prediction predict(Bench &bench) const override try {
    const auto &runtime = bench.runtime(labels.runtime);
    const auto run = run_empty_kernels(bench.machine(labels.machine), runtime, kernels);
    Prediction prediction;
    switch (protocol) {
    case LaunchProtocol::synchronised:
      prediction.value = static_cast<double>(run.latency) * 1e-6;
      break;
    case LaunchProtocol::back_to_back: // the loop, without the first launch's way and the last wait
      prediction.value = launch_interval_us(run);
      break;
    case LaunchProtocol::graph:
      prediction.value = device_us(run, runtime);
      break;
    }
    for (std::size_t i = 0; i < sim::kCauseCount; ++i)
      prediction.shares[i] =
          static_cast<double>(run.attribution[i]) / static_cast<double>(run.latency);
    return prediction;
  } catch (const Error &error) {
    throw Error(place, error.what());
  }
};

} // namespace

std::unique_ptr<Case> read_launch(const Fields &fields) {
  const auto row = launch_row(fields);
  if (!row)
    return nullptr;
  auto one = std::make_unique<LaunchCase>();
  one->place = fields.place();
  one->protocol = row->protocol;
  one->kernels = row->kernels;
  one->measured = row->us;
  one->labels = {fields.text("quantity"), row->machine, row->runtime, "none", row->kernels};
  return one;
}

} // namespace fusesim::validate
