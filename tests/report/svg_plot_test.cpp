#include "report/svg_plot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <regex>

namespace fusesim::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Plot plot_of(std::vector<PlotPoint> points, PlotAxis x = {"x"}, PlotAxis y = {"y"}) {
  Plot plot;
  plot.title = "a <title> & more";
  plot.x = std::move(x);
  plot.y = std::move(y);
  plot.series = {{"points", std::move(points), PlotSeries::Style::points, {}}};
  return plot;
}

/// Centres of the points drawn (the legend's sign stands right of them, without opacity).
std::vector<double> x_of_points(const std::string &svg) {
  std::vector<double> centres;
  const std::regex circle("<circle cx=\"([0-9.]+)\" cy=\"[0-9.]+\" r=\"3.5\"");
  for (std::sregex_iterator it(svg.begin(), svg.end(), circle), end; it != end; ++it)
    centres.push_back(std::stod((*it)[1]));
  return centres;
}

TEST(SvgPlot, PlacesPointsInProportion) {
  const auto centres = x_of_points(to_svg(plot_of({{0, 1}, {5, 1}, {10, 1}})));
  ASSERT_EQ(centres.size(), 3U);
  EXPECT_NEAR(centres[1] - centres[0], centres[2] - centres[1], 0.2); // a tenth of a pixel each
  EXPECT_GT(centres[1], centres[0]);
}

TEST(SvgPlot, PlacesDecadesInProportionOnLogAxes) {
  const auto centres =
      x_of_points(to_svg(plot_of({{1, 1}, {10, 1}, {100, 1}}, {"x", true, {}, {}})));
  ASSERT_EQ(centres.size(), 3U);
  EXPECT_NEAR(centres[1] - centres[0], centres[2] - centres[1], 0.2);
}

TEST(SvgPlot, LeavesOutWhatAnAxisCannotShow) {
  EXPECT_EQ(x_of_points(to_svg(plot_of({{0, 1}, {-1, 1}, {2, 1}}, {"x", true, {}, {}}))).size(),
            1U);
  EXPECT_EQ(x_of_points(to_svg(plot_of({{NAN, 1}, {INFINITY, 1}, {2, 1}}))).size(), 1U);
  EXPECT_EQ(x_of_points(to_svg(plot_of({{1, 1}, {20, 1}}, {"x", false, 0.0, 10.0}))).size(), 1U);
  EXPECT_THAT(to_svg(plot_of({})), HasSubstr("</svg>"));
}

TEST(SvgPlot, EscapesTexts) {
  auto plot = plot_of({{1, 1, "tip \"quoted\"", "a<b"}});
  const auto svg = to_svg(plot);
  EXPECT_THAT(svg, HasSubstr("a &lt;title&gt; &amp; more"));
  EXPECT_THAT(svg, HasSubstr("<title>tip &quot;quoted&quot;</title>"));
  EXPECT_THAT(svg, HasSubstr(">a&lt;b</text>"));
}

TEST(SvgPlot, NeedsNothingFromOutside) {
  const auto svg = to_svg(plot_of({{1, 1}}));
  EXPECT_THAT(svg, Not(HasSubstr("href")));
  EXPECT_THAT(svg, HasSubstr("prefers-color-scheme:dark"));
}

TEST(SvgPlot, DrawsBarsInProportion) {
  BarPlot plot;
  plot.bars = {{"long", 4, {}}, {"short", 1, {}}};
  const auto svg = to_svg(plot);
  std::vector<double> widths;
  const std::regex bar("<rect x=\"[0-9.]+\" y=\"[0-9.]+\" width=\"([0-9.]+)\"");
  for (std::sregex_iterator it(svg.begin(), svg.end(), bar), end; it != end; ++it)
    widths.push_back(std::stod((*it)[1]));
  ASSERT_EQ(widths.size(), 2U);
  EXPECT_NEAR(widths[0], 4 * widths[1], 0.5);
}

} // namespace
} // namespace fusesim::report
