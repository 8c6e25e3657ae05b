#pragma once

#include <span>
#include <string>
#include <string_view>

namespace fusesim {

/// "did you mean 'resnet50' or 'resnet18'?" from the candidates closest to `name` in edit distance; when none is
/// close, "known: a, b, c, …" with the first few; empty when there are no candidates.
std::string nearest_names_hint(std::string_view name, std::span<const std::string> candidates);

} // namespace fusesim
