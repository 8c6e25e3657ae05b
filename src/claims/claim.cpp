#include "claims/claim.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace fusesim::claims {

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
  case Verdict::supported:
    return "supported";
  case Verdict::refuted:
    return "refuted";
  case Verdict::conditional:
    return "holds only if";
  case Verdict::not_testable:
    return "not testable";
  case Verdict::failed:
    break;
  }
  return "failed";
}

std::string Experiment::key() const {
  std::string key = fmt::format(
      "{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{} {} {} {} {} {} {}\n{}\n", model, target, runtime,
      dtype, strategy, accounting, vocabulary, pattern, where, batch.value_or(0),
      image_size.value_or(0), sequence_length.value_or(0), empty_kernels.value_or(0), channels_last,
      copies_linear_bias, strict_f32, fmt::join(inputs, " "));
  for (const auto &override : set)
    key += fmt::format("{}={}\n", override.key, override.value);
  return key;
}

const Run *Claim::find_run(std::string_view name) const {
  const auto found = std::ranges::find(runs, name, &Run::name);
  return found == runs.end() ? nullptr : &*found;
}

} // namespace fusesim::claims
