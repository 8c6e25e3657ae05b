#pragma once

#include <optional>
#include <string_view>

namespace fusesim {

/// The finite number that `text` is as a whole, in the C locale's notation; empty where it is none.
std::optional<double> number_in(std::string_view text);

} // namespace fusesim
