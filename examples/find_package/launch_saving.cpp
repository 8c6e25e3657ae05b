// Asks fusesim, as a library, how much of ResNet-18's latency on an A100 fusion saves at several launch costs.
#include "ir/zoo.hpp"
#include "targets/experiment.hpp"

#include <cstdio>

int main() {
  using namespace fusesim;
  const ir::Graph model = ir::build_zoo_model("resnet18", {.batch = 1});
  const targets::Machine machine = targets::load_machine("a100-sxm-40gb");
  targets::Runtime runtime = targets::load_runtime("pytorch-eager");
  for (const double dispatch_us : {0.0, 5.0, 20.0, 40.0}) {
    runtime.dispatch_us = dispatch_us;
    const auto latency_us = [&](const char *strategy) {
      return targets::run_experiment(model, machine, runtime,
                                     {.strategy = strategy, .dtype = ir::DType::f16})
          .latency_us();
    };
    std::printf("dispatch %4.1f us: unfused %8.1f us, fused %8.1f us\n", dispatch_us,
                latency_us("unfused"), latency_us("attention"));
  }
}
