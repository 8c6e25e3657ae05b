#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Plots as self-contained SVG: readable in a browser, in a page (they embed as they are) and on
/// light and dark backgrounds (colours follow prefers-color-scheme).
namespace fusesim::report {

struct PlotAxis {
  std::string title;              ///< with its unit: "latency, µs"
  bool logarithmic = false;       ///< only positive values are drawn
  std::optional<double> min = {}; ///< without: from the data
  std::optional<double> max = {};
};

struct PlotPoint {
  double x = 0, y = 0;
  std::string tooltip = {}; ///< shown when the pointer rests on the point; may be empty
  std::string label = {};   ///< written beside it; may be empty
};

/// Points of one meaning; drawn in one colour, named in the legend (no name: not in it).
struct PlotSeries {
  std::string name;
  std::vector<PlotPoint> points;
  enum class Style { points, line, line_and_points, dashed } style = Style::points;
  /// Which colour, by its number: series of equal number look alike. Without: the next free one.
  std::optional<std::size_t> colour = {};
};

struct Plot {
  std::string title, subtitle;
  PlotAxis x, y;
  std::vector<PlotSeries> series;
  int width = 720, height = 440;
};

/// One <svg> element. Points that an axis cannot show (not finite; not positive on a logarithmic
/// axis) are left out.
std::string to_svg(const Plot &plot);

/// Bars from zero to the right, one below the other, with their values: for rankings.
struct PlotBar {
  std::string name;
  double value = 0;
  std::string text = {}; ///< behind the bar; empty: the value
};
struct BarPlot {
  std::string title, subtitle;
  std::vector<PlotBar> bars;
  int width = 720;
};
std::string to_svg(const BarPlot &plot);

/// `text` as it may stand in an XML or HTML document, attribute values included.
std::string escape_markup(std::string_view text);

} // namespace fusesim::report
