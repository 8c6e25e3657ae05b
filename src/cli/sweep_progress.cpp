#include "cli/sweep_progress.hpp"

#include "report/figure.hpp"
#include "report/text.hpp"

#include <fmt/format.h>

#include <cmath>

#include <sys/ioctl.h>
#include <unistd.h>

namespace fusesim::cli {

namespace {

constexpr std::size_t kBar = 20;

std::size_t stderr_width() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

/// Four digits are enough to know it again; whole numbers stay whole.
std::string short_text(const sweep::Value &value) {
  const auto *number = std::get_if<double>(&value);
  if (number == nullptr || *number == std::round(*number))
    return sweep::to_string(value);
  return fmt::format("{:.4g}", *number);
}

} // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60)
    return seconds < 10 && seconds > 0 ? fmt::format("{:.2g} s", seconds)
                                       : fmt::format("{} s", whole);
  if (whole < 3600)
    return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string configuration_text(const sweep::Space &space,
                               const sweep::Configuration &configuration) {
  const auto &dimensions = space.spec().dimensions;
  std::string text;
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    const auto value = short_text(configuration.values[i]);
    if (value.empty())
      continue;
    if (dimensions[i].role < sweep::Role::batch)
      text += (i == 0 ? "" : i == 1 ? " on " : ", ") + value;
    else
      text += fmt::format(", {} {}", dimensions[i].name, value);
  }
  return text;
}

SweepProgress::SweepProgress(const sweep::Space &space)
    : space_(space), shown_(::isatty(STDERR_FILENO) == 1) {}

SweepProgress::~SweepProgress() { clear(); }

void SweepProgress::clear() {
  if (!shown_)
    return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

void SweepProgress::show(const sweep::SweepStatus &status) {
  if (!shown_ || status.total == 0)
    return;
  if (status.best && best_number_ != status.best->configuration) {
    best_number_ = status.best->configuration;
    best_ = fmt::format("  best {}: {}",
                        report::human(status.best->latency_us, report::Unit::microseconds),
                        configuration_text(space_, space_.at(*best_number_)));
  }
  const auto share = static_cast<double>(status.done) / static_cast<double>(status.total);
  const auto full = static_cast<std::size_t>(share * kBar);
  std::string line;
  for (std::size_t i = 0; i < kBar; ++i)
    line += i < full ? "█" : "░";
  line += fmt::format(" {}/{}  {:.0f} %  {:.0f}/s  ETA {}", status.done, status.total, 100 * share,
                      status.per_second, duration_text(status.eta_seconds));
  if (status.failed > 0)
    line += fmt::format("  {} failed", status.failed);
  line += best_;
  fmt::print(stderr, "\r\x1b[K{}", report::cut_end(report::printable(line), stderr_width() - 1));
  std::fflush(stderr);
}

} // namespace fusesim::cli
