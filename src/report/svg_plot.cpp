#include "report/svg_plot.hpp"

#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <string_view>

namespace fusesim::report {

namespace {

// Okabe & Ito, "Color Universal Design" (2008): told apart by colour-blind readers too. Black is
// left out, since it cannot be seen on dark backgrounds.
constexpr std::array<std::string_view, 7> kColours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                   "#e69f00", "#56b4e9", "#8c8c00"};

constexpr std::string_view kStyle = R"(<style>
.plot{font:12px system-ui,sans-serif;color:#222}.plot text{fill:currentColor}
.plot .title{font-size:15px;font-weight:600}.plot .quiet{opacity:.7}
.plot .grid{stroke:currentColor;stroke-opacity:.13}.plot .frame{stroke:currentColor;stroke-opacity:.5;fill:none}
@media (prefers-color-scheme:dark){.plot{color:#ddd}}
</style>
)";

constexpr double kLeft = 74, kTop = 54, kBottom = 52, kCharacter = 6.6, kLegendLine = 18;

using Out = std::back_insert_iterator<std::string>;

std::string number(double value) { return fmt::format("{:.6g}", value); }

/// Values of one axis to pixels.
class Scale {
public:
  Scale(const PlotAxis &axis, double data_min, double data_max, double from, double to)
      : logarithmic_(axis.logarithmic), from_(from), to_(to) {
    low_ = axis.min.value_or(data_min);
    high_ = axis.max.value_or(data_max);
    if (logarithmic_) {
      low_ = low_ > 0 ? low_ : data_min;
      high_ = high_ > low_ ? high_ : low_ * 10;
    } else if (high_ <= low_) {
      const double margin = low_ == 0 ? 1 : std::abs(low_) * 0.1;
      low_ -= margin;
      high_ += margin;
    }
    const double margin = (warped(high_) - warped(low_)) * 0.04;
    warped_low_ = warped(low_) - (axis.min ? 0 : margin);
    warped_high_ = warped(high_) + (axis.max ? 0 : margin);
  }

  double pixel(double value) const {
    return from_ + (to_ - from_) * (warped(value) - warped_low_) / (warped_high_ - warped_low_);
  }
  bool shows(double value) const {
    return std::isfinite(value) && (!logarithmic_ || value > 0) &&
           warped(value) >= warped_low_ - 1e-12 && warped(value) <= warped_high_ + 1e-12;
  }
  std::vector<double> ticks() const { return logarithmic_ ? log_ticks() : linear_ticks(); }

private:
  double warped(double value) const { return logarithmic_ ? std::log10(value) : value; }

  std::vector<double> linear_ticks() const {
    const double raw = (warped_high_ - warped_low_) / 6;
    const double power = std::pow(10, std::floor(std::log10(raw)));
    const double lead = raw / power;
    const double step = power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
    std::vector<double> ticks;
    for (double k = std::ceil(warped_low_ / step); k * step <= warped_high_; ++k)
      ticks.push_back(k * step + 0.0); // no "-0"
    return ticks;
  }

  std::vector<double> log_ticks() const {
    const double decades = warped_high_ - warped_low_;
    const int stride = std::max(1, static_cast<int>(decades / 8));
    std::vector<double> ticks;
    for (int exponent = static_cast<int>(std::floor(warped_low_)); exponent <= warped_high_;
         exponent += stride)
      for (const double lead : {1.0, 2.0, 5.0}) {
        const double value = lead * std::pow(10, exponent);
        if ((lead == 1 || decades < 3) && shows(value))
          ticks.push_back(value);
      }
    if (ticks.size() >= 2)
      return ticks;
    ticks.clear();
    for (int i = 0; i <= 4; ++i)
      ticks.push_back(std::pow(10, warped_low_ + decades * (i + 0.5) / 5));
    return ticks;
  }

  bool logarithmic_;
  double from_, to_, low_ = 0, high_ = 1, warped_low_ = 0, warped_high_ = 1;
};

struct Bounds {
  double min = HUGE_VAL, max = -HUGE_VAL;
  void take(double value, bool logarithmic) {
    if (!std::isfinite(value) || (logarithmic && value <= 0))
      return;
    min = std::min(min, value);
    max = std::max(max, value);
  }
  void settle() {
    if (min > max)
      min = 1, max = 10;
  }
};

void open(Out out, int width, int height, const std::string &title, const std::string &subtitle) {
  fmt::format_to(out,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" width=\"{0}\" "
                 "height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{2}\">\n{3}",
                 width, height, escape_markup(title), kStyle);
  fmt::format_to(out, "<text class=\"title\" x=\"12\" y=\"22\">{}</text>\n", escape_markup(title));
  if (!subtitle.empty())
    fmt::format_to(out, "<text class=\"quiet\" x=\"12\" y=\"40\">{}</text>\n",
                   escape_markup(subtitle));
}

class Drawing {
public:
  explicit Drawing(const Plot &plot)
      : plot_(plot), right_(plot.width - legend_width(plot)), bottom_(plot.height - kBottom),
        x_(scale(plot.x, &PlotPoint::x, kLeft, right_)),
        y_(scale(plot.y, &PlotPoint::y, bottom_, kTop)) {}

  std::string text() {
    open(out(), plot_.width, plot_.height, plot_.title, plot_.subtitle);
    axes();
    std::size_t next = 0;
    double legend = kTop + 6;
    for (const auto &series : plot_.series) {
      const std::size_t colour = series.colour ? *series.colour : next++;
      draw(series, kColours[colour % kColours.size()], legend);
    }
    text_ += "</svg>\n";
    return std::move(text_);
  }

private:
  Out out() { return std::back_inserter(text_); }

  static double legend_width(const Plot &plot) {
    std::size_t longest = 0;
    for (const auto &series : plot.series)
      longest = std::max(longest, display_width(series.name));
    return longest == 0 ? 20 : std::min(44 + kCharacter * static_cast<double>(longest), 300.0);
  }

  Scale scale(const PlotAxis &axis, double PlotPoint::*member, double from, double to) const {
    Bounds bounds;
    for (const auto &series : plot_.series)
      for (const auto &point : series.points)
        bounds.take(point.*member, axis.logarithmic);
    bounds.settle();
    return {axis, bounds.min, bounds.max, from, to};
  }

  void axes() {
    for (const double tick : x_.ticks()) {
      const double x = x_.pixel(tick);
      fmt::format_to(out(),
                     "<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/>"
                     "<text x=\"{0:.1f}\" y=\"{3}\" text-anchor=\"middle\">{4}</text>\n",
                     x, kTop, bottom_, bottom_ + 17, number(tick));
    }
    for (const double tick : y_.ticks()) {
      const double y = y_.pixel(tick);
      fmt::format_to(
          out(),
          "<line class=\"grid\" x1=\"{1}\" x2=\"{2:.1f}\" y1=\"{0:.1f}\" y2=\"{0:.1f}\"/>"
          "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
          y, kLeft, right_, kLeft - 6, y + 4, number(tick));
    }
    fmt::format_to(out(),
                   "<rect class=\"frame\" x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
                   kLeft, kTop, right_ - kLeft, bottom_ - kTop);
    fmt::format_to(out(), "<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                   (kLeft + right_) / 2, plot_.height - 12, escape_markup(plot_.x.title));
    fmt::format_to(out(),
                   "<text transform=\"translate(16 {:.1f}) rotate(-90)\" "
                   "text-anchor=\"middle\">{}</text>\n",
                   (kTop + bottom_) / 2, escape_markup(plot_.y.title));
  }

  void draw(const PlotSeries &series, std::string_view colour, double &legend) {
    using Style = PlotSeries::Style;
    if (series.style != Style::points)
      draw_line(series, colour);
    if (series.style == Style::points || series.style == Style::line_and_points)
      for (const auto &point : series.points)
        draw_point(point, colour);
    if (series.name.empty())
      return;
    const double x = right_ + 14;
    if (series.style == Style::points)
      fmt::format_to(out(), "<circle cx=\"{}\" cy=\"{}\" r=\"4\" fill=\"{}\"/>", x + 8, legend,
                     colour);
    else
      fmt::format_to(out(),
                     "<line x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\" stroke=\"{}\" "
                     "stroke-width=\"2\"{}/>",
                     x, x + 16, legend, legend, colour, dashes(series));
    fmt::format_to(out(), "<text x=\"{}\" y=\"{}\">{}</text>\n", x + 22, legend + 4,
                   escape_markup(series.name));
    legend += kLegendLine;
  }

  static std::string_view dashes(const PlotSeries &series) {
    return series.style == PlotSeries::Style::dashed ? " stroke-dasharray=\"5 4\"" : "";
  }

  bool shows(const PlotPoint &point) const { return x_.shows(point.x) && y_.shows(point.y); }

  void draw_line(const PlotSeries &series, std::string_view colour) {
    std::string points;
    for (const auto &point : series.points)
      if (shows(point))
        fmt::format_to(std::back_inserter(points), "{:.1f},{:.1f} ", x_.pixel(point.x),
                       y_.pixel(point.y));
    fmt::format_to(out(),
                   "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"2\"{} points=\"{}\"/>\n",
                   colour, dashes(series), points);
  }

  void draw_point(const PlotPoint &point, std::string_view colour) {
    if (!shows(point))
      return;
    const double x = x_.pixel(point.x), y = y_.pixel(point.y);
    fmt::format_to(out(),
                   "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\" "
                   "fill-opacity=\".75\">",
                   x, y, colour);
    if (!point.tooltip.empty())
      fmt::format_to(out(), "<title>{}</title>", escape_markup(point.tooltip));
    fmt::format_to(out(), "</circle>\n");
    if (!point.label.empty())
      fmt::format_to(out(), "<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", x + 6, y - 5,
                     escape_markup(point.label));
  }

  const Plot &plot_;
  double right_, bottom_;
  Scale x_, y_;
  std::string text_;
};

} // namespace

std::string escape_markup(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
    case '&':
      escaped += "&amp;";
      break;
    case '<':
      escaped += "&lt;";
      break;
    case '>':
      escaped += "&gt;";
      break;
    case '"':
      escaped += "&quot;";
      break;
    case '\'':
      escaped += "&#39;";
      break;
    default:
      escaped += c;
    }
  }
  return escaped;
}

std::string to_svg(const Plot &plot) { return Drawing(plot).text(); }

std::string to_svg(const BarPlot &plot) {
  constexpr double kBar = 16, kStep = 24;
  std::string text;
  const auto out = std::back_inserter(text);
  std::size_t longest = 0;
  double largest = 0;
  for (const auto &bar : plot.bars) {
    longest = std::max(longest, display_width(bar.name));
    largest = std::max(largest, bar.value);
  }
  const double left = 24 + kCharacter * static_cast<double>(longest);
  const double room = std::max(50.0, plot.width - left - 110);
  open(out, plot.width, static_cast<int>(kTop + kStep * static_cast<double>(plot.bars.size()) + 12),
       plot.title, plot.subtitle);
  double y = kTop;
  for (const auto &bar : plot.bars) {
    const double length = largest > 0 ? room * std::max(0.0, bar.value) / largest : 0;
    fmt::format_to(out,
                   "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>"
                   "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" fill=\"{}\"/>"
                   "<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
                   left - 6, y + 12, escape_markup(bar.name), left, y, length, kBar, kColours[0],
                   left + length + 6, y + 12,
                   escape_markup(bar.text.empty() ? number(bar.value) : bar.text));
    y += kStep;
  }
  text += "</svg>\n";
  return text;
}

} // namespace fusesim::report
