#pragma once

#include "targets/machine.hpp"

#include <string>
#include <variant>
#include <vector>

namespace fusesim::targets {

/// What a machine or runtime holds under one key, whether its file said so or the default did.
struct KeyValue {
  std::string key;
  std::variant<double, std::string> value; ///< flags are "true" or "false"
};

/// All keys but the header's (kind, description, default_runtime), in the order of declaration.
std::vector<KeyValue> values_of(const Machine &machine);
std::vector<KeyValue> values_of(const Runtime &runtime);

} // namespace fusesim::targets
