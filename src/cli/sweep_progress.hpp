#pragma once

#include "sweep/run_sweep.hpp"

namespace fusesim::cli {

/// "█████░░░ 1234/5000  25 %  412/s  ETA 9 s  3 failed  best 612 µs: …" on stderr, redrawn in place;
/// nothing when stderr is no terminal.
class SweepProgress {
public:
  explicit SweepProgress(const sweep::Space &space);
  ~SweepProgress();
  SweepProgress(const SweepProgress &) = delete;
  SweepProgress &operator=(const SweepProgress &) = delete;

  void show(const sweep::SweepStatus &status);
  void clear(); ///< before other lines on stderr

private:
  const sweep::Space &space_;
  bool shown_;
  std::string best_;
  std::optional<std::uint64_t> best_number_;
};

/// "12 s", "3 min 20 s", "2 h 5 min".
std::string duration_text(double seconds);
/// "resnet50 on a100-sxm-40gb, pytorch-eager, f32, attention, batch 1, l2_mib 40".
std::string configuration_text(const sweep::Space &space,
                               const sweep::Configuration &configuration);

} // namespace fusesim::cli
