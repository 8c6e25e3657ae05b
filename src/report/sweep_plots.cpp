#include "report/sweep_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace fusesim::report {

namespace {

using sweep::Study;

constexpr std::size_t kMostLines = 10, kMostPoints = 3000, kMostBars = 20, kMostPlots = 24;

/// A range whose ends are far apart is drawn on a logarithmic axis.
PlotAxis axis_of(const Study::Dimension &dimension) {
  PlotAxis axis;
  axis.title = dimension.unit.empty() ? dimension.name
                                      : fmt::format("{}, {}", dimension.name, dimension.unit);
  axis.logarithmic =
      dimension.numbers.front() > 0 && dimension.numbers.back() / dimension.numbers.front() >= 8;
  return axis;
}

std::string file_name(std::string_view text) {
  std::string name;
  for (const char c : text)
    name += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
                ? c
                : '-';
  return name;
}

/// "a100-sxm-40gb, attention": of the dimensions given those that vary.
std::string names_text(const Study &study, const Study::Row &row,
                       const std::vector<std::size_t> &dimensions) {
  std::string text;
  for (const auto i : dimensions)
    if (study.dimensions[i].varies() && !study.label(row, i).empty())
      text += fmt::format("{}{}{}", text.empty() ? "" : ", ",
                          study.dimensions[i].numeric ? study.dimensions[i].name + " " : "",
                          study.label(row, i));
  return text;
}

std::string workload_text(const Study &study, const Study::Row &row) {
  const auto &text = study.label(row, study.dimension("model"));
  const auto sizes = names_text(study, row, study.sizes());
  return sizes.empty() ? text : text + ", " + sizes;
}

std::vector<std::size_t> without(std::vector<std::size_t> dimensions, std::size_t one) {
  std::erase(dimensions, one);
  return dimensions;
}

std::vector<std::size_t> joined(std::vector<std::size_t> a, const std::vector<std::size_t> &b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

class Plots {
public:
  explicit Plots(const SweepReport &report) : report_(report), study_(report.study) {}

  std::vector<std::pair<std::string, std::string>> all() {
    for (const auto field : study_.fields())
      if (study_.dimensions[field].numeric && study_.sampling == "grid") {
        along(field, Kind::latency);
        along(field, Kind::gain);
      }
    if (study_.sampling != "grid")
      for (const auto field : study_.fields())
        if (study_.dimensions[field].numeric) {
          scatter(field, Kind::latency);
          scatter(field, Kind::gain);
        }
    fronts();
    bars();
    if (plots_.size() > kMostPlots)
      plots_.resize(kMostPlots);
    return std::move(plots_);
  }

private:
  enum class Kind { latency, gain };

  /// A plot for each model and size (gain: each model), a line for each combination of the other
  /// names; of the other fields their middle values.
  void along(std::size_t field, Kind kind) {
    const auto model = study_.dimension("model");
    const auto strategy = study_.dimension("strategy");
    auto names = without(study_.names(), model);
    if (kind == Kind::gain && !study_.dimensions[strategy].varies())
      return;
    // Gains compare well across sizes, in one plot; latencies do not.
    auto sizes = without(study_.sizes(), field);
    if (kind == Kind::gain) {
      names = joined(names, sizes);
      sizes.clear();
    }
    for (const auto &group : sweep::grouped(study_, joined({model}, sizes))) {
      Plot plot;
      plot.x = axis_of(study_.dimensions[field]);
      plot.y.title = kind == Kind::latency ? "latency, us" : "unfused latency / latency";
      plot.y.logarithmic = kind == Kind::latency;
      plot.title = fmt::format("{}: {} along {}", title_of(*group.rows.front(), sizes),
                               kind == Kind::latency ? "latency" : "gain of fusion",
                               study_.dimensions[field].name);
      plot.subtitle = others_text(field);
      for (auto &[name, curve] : curves(group.rows, field, names, kind))
        add_line(plot, name, curve);
      if (!plot.series.empty())
        plots_.emplace_back(file_name(plot.title) + ".svg", to_svg(plot));
    }
  }

  std::string title_of(const Study::Row &row, const std::vector<std::size_t> &sizes) const {
    const auto size = names_text(study_, row, sizes);
    const auto model = study_.label(row, study_.dimension("model"));
    return size.empty() ? model : model + ", " + size;
  }

  std::uint32_t middle(std::size_t dimension) const {
    return static_cast<std::uint32_t>(study_.dimensions[dimension].labels.size() / 2);
  }

  std::string others_text(std::size_t field) const {
    std::string text;
    for (const auto other : study_.fields())
      if (other != field && study_.dimensions[other].role == "field")
        text += fmt::format("{}{} {}", text.empty() ? "at " : ", ", study_.dimensions[other].name,
                            study_.dimensions[other].labels[middle(other)]);
    return text;
  }

  using Curve = std::map<double, double>;

  std::map<std::string, Curve> curves(const std::vector<const Study::Row *> &rows,
                                      std::size_t field, const std::vector<std::size_t> &names,
                                      Kind kind) const {
    const auto strategy = study_.dimension("strategy");
    std::map<std::string, Curve> found;
    std::map<std::string, Curve> unfused; // by names without the strategy
    for (const auto *row : rows) {
      bool at_middle = true;
      for (const auto other : study_.fields())
        at_middle = at_middle && (other == field || study_.dimensions[other].role != "field" ||
                                  row->at[other] == middle(other));
      if (!at_middle)
        continue;
      const double x = study_.number(*row, field);
      if (study_.label(*row, strategy) == "unfused")
        unfused[names_text(study_, *row, without(names, strategy))].emplace(x, row->latency_us);
      found[names_text(study_, *row, names)].emplace(x, row->latency_us);
      if (kind == Kind::gain)
        reference_of_[names_text(study_, *row, names)] =
            names_text(study_, *row, without(names, strategy));
    }
    if (kind == Kind::latency)
      return found;
    std::map<std::string, Curve> gains;
    for (const auto &[name, curve] : found) {
      const auto &reference = unfused[reference_of_[name]];
      for (const auto &[x, latency] : curve)
        if (const auto base = reference.find(x); base != reference.end() && base->second != latency)
          gains[name].emplace(x, base->second / latency);
    }
    return gains;
  }

  static void add_line(Plot &plot, const std::string &name, const Curve &curve) {
    if (curve.size() < 2 || plot.series.size() >= kMostLines)
      return;
    PlotSeries series{name, {}, PlotSeries::Style::line_and_points, {}};
    for (const auto &[x, y] : curve)
      series.points.push_back({x, y, fmt::format("{}: {:.4g} at {:.4g}", name, y, x), {}});
    plot.series.push_back(std::move(series));
  }

  void scatter(std::size_t field, Kind kind) {
    const bool gain = kind == Kind::gain;
    Plot plot;
    plot.x = axis_of(study_.dimensions[field]);
    plot.y.title = gain ? "unfused latency / latency" : "latency, us";
    plot.y.logarithmic = !gain;
    plot.title = fmt::format("{} along {}", gain ? "gain of fusion" : "latency",
                             study_.dimensions[field].name);
    plot.subtitle = "every drawn point; all other fields vary as well";
    const auto unfused = gain ? unfused_latencies() : std::map<Place, double>();
    for (const auto &group : sweep::grouped(study_, study_.names())) {
      if (plot.series.size() >= kMostLines)
        break;
      PlotSeries series{names_text(study_, *group.rows.front(), study_.names()), {}, {}, {}};
      const auto stride = group.rows.size() / kMostPoints + 1;
      for (std::size_t i = 0; i < group.rows.size(); i += stride) {
        const auto &row = *group.rows[i];
        double y = row.latency_us;
        if (gain) {
          const auto base = unfused.find(place_of(row));
          if (is_unfused(row) || base == unfused.end())
            continue;
          y = base->second / y;
        }
        series.points.push_back({study_.number(row, field), y, {}, {}});
      }
      if (!series.points.empty())
        plot.series.push_back(std::move(series));
    }
    if (!plot.series.empty())
      plots_.emplace_back(file_name(plot.title) + ".svg", to_svg(plot));
  }

  using Place = std::vector<std::uint32_t>; ///< a row's, but for its strategy

  bool is_unfused(const Study::Row &row) const {
    return study_.label(row, study_.dimension("strategy")) == "unfused";
  }
  Place place_of(const Study::Row &row) const {
    auto place = row.at;
    place[study_.dimension("strategy")] = 0;
    return place;
  }
  std::map<Place, double> unfused_latencies() const {
    std::map<Place, double> latencies;
    for (const auto &row : study_.rows)
      if (is_unfused(row))
        latencies.emplace(place_of(row), row.latency_us);
    return latencies;
  }

  void fronts() {
    if (study_.objectives.size() < 2)
      return;
    std::set<std::uint64_t> on_front;
    for (const auto *row : report_.pareto)
      on_front.insert(row->number);
    const auto workload = joined({study_.dimension("model")}, study_.sizes());
    for (const auto &group : sweep::grouped(study_, workload)) {
      Plot plot;
      plot.title = fmt::format("{}: Pareto front", workload_text(study_, *group.rows.front()));
      plot.x = {study_.objectives[0].name, true, {}, {}};
      plot.y = {study_.objectives[1].name, false, {}, {}};
      PlotSeries others{"all", {}, PlotSeries::Style::points, 5},
          front{"front", {}, PlotSeries::Style::line_and_points, 1};
      const auto stride = group.rows.size() / kMostPoints + 1;
      for (std::size_t i = 0; i < group.rows.size(); ++i) {
        const auto &row = *group.rows[i];
        const PlotPoint point{row.objectives[0], row.objectives[1], tooltip(row), {}};
        if (on_front.contains(row.number))
          front.points.push_back(point);
        else if (i % stride == 0)
          others.points.push_back(point);
      }
      std::sort(front.points.begin(), front.points.end(),
                [](const auto &a, const auto &b) { return a.x < b.x; });
      plot.series = {others, front};
      plots_.emplace_back(file_name(plot.title) + ".svg", to_svg(plot));
    }
  }

  std::string tooltip(const Study::Row &row) const {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < study_.dimensions.size(); ++i)
      all.push_back(i);
    return names_text(study_, row, all);
  }

  void bars() {
    const auto names = study_.names();
    BarPlot plot;
    const bool total = std::any_of(report_.sensitivities.begin(), report_.sensitivities.end(),
                                   [](const auto &item) { return item.total.has_value(); });
    plot.title = "What moves latency";
    plot.subtitle = total ? "share of its variance, interactions included"
                          : "share of its variance by this field alone";
    for (const auto &item : report_.sensitivities) {
      const auto share = total ? item.total : item.first_order;
      if (!share)
        continue;
      std::string name;
      for (std::size_t i = 0; i < names.size(); ++i)
        if (study_.dimensions[names[i]].varies())
          name += study_.dimensions[names[i]].labels[item.names[i]] + ", ";
      plot.bars.push_back({name + study_.dimensions[item.field].name, *share,
                           fmt::format("{:.3g} %", 100 * *share)});
    }
    std::stable_sort(plot.bars.begin(), plot.bars.end(),
                     [](const auto &a, const auto &b) { return a.value > b.value; });
    if (plot.bars.size() > kMostBars)
      plot.bars.resize(kMostBars);
    if (!plot.bars.empty())
      plots_.emplace_back("sensitivity.svg", to_svg(plot));
  }

  const SweepReport &report_;
  const Study &study_;
  mutable std::map<std::string, std::string> reference_of_;
  std::vector<std::pair<std::string, std::string>> plots_;
};

} // namespace

std::vector<std::pair<std::string, std::string>> sweep_plots(const SweepReport &report) {
  return Plots(report).all();
}

} // namespace fusesim::report
