#include "targets/precision.hpp"

#include "support/error.hpp"
#include "support/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace fusesim::targets {

namespace {

constexpr std::string_view kAutocast = "amp-";
constexpr std::array<std::string_view, 7> kNames{"f32", "tf32",    "f16",     "bf16",
                                                 "i8",  "amp-f16", "amp-bf16"};

// What PyTorch, NumPy and datasheets call them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kSynonyms{
    {{"float32", "f32"},
     {"fp32", "f32"},
     {"float16", "f16"},
     {"fp16", "f16"},
     {"half", "f16"},
     {"bfloat16", "bf16"},
     {"int8", "i8"},
     {"amp-fp16", "amp-f16"},
     {"amp", "amp-f16"}}};

} // namespace

std::span<const std::string_view> precision_names() { return kNames; }

Precision precision_from_name(std::string_view name) {
  if (const auto synonym =
          std::ranges::find(kSynonyms, name, &std::pair<std::string_view, std::string_view>::first);
      synonym != kSynonyms.end())
    name = synonym->second;
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
