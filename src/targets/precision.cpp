#include "targets/precision.hpp"

#include "support/error.hpp"
#include "support/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace fusesim::targets {

namespace {

constexpr std::string_view kAutocast = "amp-";
constexpr std::array<std::string_view, 7> kNames{"f32", "tf32",    "f16",     "bf16",
                                                 "i8",  "amp-f16", "amp-bf16"};

} // namespace

std::span<const std::string_view> precision_names() { return kNames; }

Precision precision_from_name(std::string_view name) {
  if (std::ranges::find(kNames, name) == kNames.end()) {
    const std::vector<std::string> known(kNames.begin(), kNames.end());
    throw Error({}, fmt::format("unknown dtype '{}'", name), nearest_names_hint(name, known));
  }
  const bool autocast = name.starts_with(kAutocast);
  return {ir::dtype_from_name(autocast ? name.substr(kAutocast.size()) : name), autocast};
}

std::string name_of(const Precision &precision) {
  return fmt::format("{}{}", precision.autocast ? kAutocast : "", ir::name_of(precision.dtype));
}

} // namespace fusesim::targets
