#pragma once

#include "ir/tensor.hpp"
#include "targets/machine.hpp"

#include <optional>
#include <string>

namespace fusesim::cli {

/// A machine with the software that drives it.
struct Setup {
  targets::Machine machine;
  targets::Runtime runtime;
};

/// `runtime` empty: the machine's default. Throws Error when the runtime drives another kind of
/// machine.
Setup load_setup(const std::string &target, const std::string &runtime);

using targets::default_dtype;
/// What it does, for help texts.
inline constexpr const char *kDefaultDTypeHelp =
    "Without --dtype: f32 on GPUs; on tile machines bf16, or i8 where the arrays have no bf16.";

/// Throws Error with the nearest names when no strategy has this name; empty is fine.
void check_strategy(const std::string &strategy);
/// "unfused, greedy, attention" for help texts.
std::string strategy_names();

} // namespace fusesim::cli
