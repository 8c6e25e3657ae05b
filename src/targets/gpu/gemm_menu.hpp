#pragma once

#include <cstdint>
#include <span>

namespace fusesim::targets::gpu {

/// One CTA tile that libraries ship a kernel for: warps_m × warps_n warps share tile_m × tile_n.
struct TileShape {
  std::uint32_t tile_m, tile_n, warps_m, warps_n;
};

// CUTLASS's library of tensor-op and SIMT kernels (tools/library/scripts/generator.py), largest
// first; the small tiles are those of cuBLAS's and cuDNN's small-grid kernels as their names in
// profiler traces show them.
inline constexpr TileShape kTensorTiles[] = {
    {256, 128, 4, 2}, {128, 256, 2, 4}, {256, 64, 4, 1}, {64, 256, 1, 4}, {128, 128, 2, 2},
    {128, 64, 2, 2},  {64, 128, 2, 2},  {64, 64, 2, 2},  {128, 32, 4, 1}, {32, 128, 1, 4},
    {64, 32, 2, 2},   {32, 64, 2, 2},   {32, 32, 2, 2},  {128, 16, 4, 1}, {16, 128, 1, 4},
    {64, 16, 4, 1},   {16, 64, 1, 4},
};
inline constexpr TileShape kSimtTiles[] = {
    {256, 128, 4, 4}, {128, 128, 4, 2}, {128, 64, 2, 2}, {64, 128, 2, 2},
    {64, 64, 2, 2},   {128, 32, 4, 1},  {32, 128, 1, 4}, {64, 32, 2, 2},
    {32, 64, 2, 2},   {32, 32, 2, 2},   {128, 16, 4, 1}, {16, 128, 1, 4},
};

/// Of implicit GEMMs on CUDA cores: pixels × filters. cuDNN's names in profiler traces ("scudnn_128x64").
inline constexpr TileShape kSimtConvolutionTiles[] = {
    {128, 128, 4, 2}, {128, 64, 2, 2}, {128, 32, 4, 1}};

/// Of Winograd's kernel: 128 results (winograd.cpp) for 32 filters, by 256 threads.
inline constexpr TileShape kWinogradTiles[] = {{128, 32, 4, 2}};

/// Depth of a k-step: 64 bytes on tensor cores (CUTLASS's 32 elements of f16), 8 elements of f32 on
/// CUDA cores.
inline constexpr std::uint32_t kTensorStepBytes = 64;
inline constexpr std::uint32_t kSimtStepElements = 8;

inline constexpr std::uint32_t kSplits[] = {1, 2, 3, 4, 6, 8, 12, 16, 32};

} // namespace fusesim::targets::gpu
