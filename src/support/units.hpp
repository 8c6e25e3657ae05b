#pragma once

#include <cstdint>
#include <string_view>

namespace fusesim {

using Bytes = std::uint64_t;
using Macs = std::uint64_t; ///< multiply-accumulates; 1 MAC = 2 FLOPs
using Flops = std::uint64_t;

/// a*b and a+b that throw Error("<where>: … overflows 64 bits") instead of wrapping.
std::uint64_t checked_mul(std::uint64_t a, std::uint64_t b, std::string_view where);
std::uint64_t checked_add(std::uint64_t a, std::uint64_t b, std::string_view where);

constexpr std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

} // namespace fusesim
