#include "report/partition_visual.hpp"

#include "report/text.hpp"
#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace fusesim::report {

namespace {

using partition::OperatorIndex;
using partition::SubgraphSummary;

constexpr std::size_t kDefaultWidth = 100, kMinWidth = 72, kMaxWidth = 160;
constexpr std::size_t kLinkWidth = 6; // " ─┼──▶ "
constexpr std::size_t kMinBox = 38, kMaxBox = 58;
constexpr std::size_t kShapesFrom = 48; // columns of the operators' side that leave room for shapes
constexpr std::size_t kGap = 2;
constexpr std::size_t kNoteName = 9; // with a kind beside it, room for "(123 before)"
constexpr std::string_view kDim = "\x1b[2m", kReset = "\x1b[0m";

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i)
    text += piece;
  return text;
}

/// Where columns begin, for the operators that are drawn.
struct Layout {
  std::size_t name = 0, kind = 0, shape = 0, left = 0, box = 0;
};

/// The part of a subgraph that the window shows.
struct Drawn {
  const SubgraphSummary *subgraph;
  std::span<const OperatorIndex> operators;
  std::size_t before, after; ///< operators of the subgraph that the window leaves out
};

std::vector<Drawn> within(const partition::PartitionSummary &summary, const VisualWindow &window) {
  std::vector<Drawn> drawn;
  std::uint64_t at = 0;
  const std::uint64_t end = window.max_nodes == 0 || window.start + window.max_nodes < window.start
                                ? std::numeric_limits<std::uint64_t>::max()
                                : window.start + window.max_nodes;
  for (const SubgraphSummary &subgraph : summary.subgraphs) {
    const std::uint64_t next = at + subgraph.operators.size();
    const std::uint64_t first = std::max(at, window.start), last = std::min(next, end);
    if (first < last)
      drawn.push_back({&subgraph, std::span(subgraph.operators).subspan(first - at, last - first),
                       first - at, next - last});
    at = next;
  }
  if (window.start >= at)
    throw Error("--start", fmt::format("{} is behind the last operator", window.start),
                fmt::format("{} has {}, counted from 0", summary.network, at));
  return drawn;
}

class Drawing {
public:
  Drawing(const PartitionReport &report, const TextStyle &style)
      : summary_(report.summary), style_(style), sources_(summary_.subgraphs.size()) {
    for (const auto &edge : summary_.edges) {
      const auto from = summary_.operators[edge.producer].subgraph;
      const auto to = summary_.operators[edge.consumer].subgraph;
      if (from != to)
        sources_[to].insert(fmt::format("{}", from));
    }
    for (const auto &input : summary_.inputs)
      for (const OperatorIndex reader : input.readers)
        sources_[summary_.operators[reader].subgraph].insert(printable(input.name));
  }

  std::string draw(std::span<const Drawn> drawn) {
    lay_out(drawn);
    std::string text = heading();
    for (const Drawn &part : drawn)
      text += part.subgraph->size == 0 ? draw_workless(part) : draw_box(part);
    return text;
  }

private:
  void lay_out(std::span<const Drawn> drawn) {
    const std::size_t width =
        std::clamp(style_.width == 0 ? kDefaultWidth : style_.width, kMinWidth, kMaxWidth);
    layout_.box = std::clamp(width * 9 / 20, kMinBox, kMaxBox);
    layout_.left = width - layout_.box - kLinkWidth;
    for (const Drawn &part : drawn) {
      if (part.before + part.after > 0)
        layout_.name = std::max(layout_.name, kNoteName);
      for (const OperatorIndex op : part.operators) {
        const auto &shown = summary_.operators[op];
        layout_.name = std::max(layout_.name, display_width(printable(shown.name)));
        layout_.kind = std::max(layout_.kind, display_width(printable(shown.kind)));
        layout_.shape = std::max(layout_.shape, display_width(shown.shape));
      }
    }
    if (layout_.left < kShapesFrom)
      layout_.shape = 0;
    const std::size_t shape = layout_.shape == 0 ? 0 : layout_.shape + kGap;
    layout_.kind = std::min(layout_.kind, (layout_.left - shape) * 2 / 5);
    layout_.name = std::min(layout_.name, layout_.left - shape - layout_.kind - kGap);
    layout_.left = layout_.name + kGap + layout_.kind + shape;
  }

  std::string dim(std::string_view text) const {
    return style_.colour ? std::string(kDim).append(text).append(kReset) : std::string(text);
  }

  std::string heading() const {
    const std::string left = pad_right("operators", layout_.left + kLinkWidth);
    return dim(left + "subgraphs") + "\n";
  }

  std::string operator_text(OperatorIndex op) const {
    const auto &shown = summary_.operators[op];
    std::string text = pad_right(cut_front(printable(shown.name), layout_.name), layout_.name) +
                       "  " + pad_right(cut_end(printable(shown.kind), layout_.kind), layout_.kind);
    if (layout_.shape > 0)
      text += "  " + pad_right(shown.shape, layout_.shape);
    return shown.counts ? text : dim(text);
  }

  /// Lines of the left side; operators outside of the window are only counted.
  std::vector<std::string> left_side(const Drawn &part) const {
    std::vector<std::string> lines;
    const auto left_out = [&](std::size_t count, std::string_view where) {
      if (count > 0)
        lines.push_back(dim(pad_right(fmt::format("({} {})", count, where), layout_.left)));
    };
    left_out(part.before, "before");
    for (const OperatorIndex op : part.operators)
      lines.push_back(operator_text(op));
    left_out(part.after, "after");
    return lines;
  }

  /// The bracket from line `i` of `count` to the box.
  static std::string link(std::size_t i, std::size_t count) {
    const std::size_t arrow = (count - 1) / 2;
    const std::string_view knee = count == 1       ? "──"
                                  : i == 0         ? (arrow == 0 ? "─┬" : "─┐")
                                  : i + 1 == count ? "─┘"
                                  : i == arrow     ? "─┼"
                                                   : "─┤";
    return fmt::format(" {}{} ", knee, i == arrow ? "─▶" : "  ");
  }

  /// A line of the box with a text at each end.
  std::string inside(const SubgraphSummary &subgraph, std::string_view left,
                     std::string_view right) const {
    const std::size_t width = layout_.box - 4;
    const std::string bar = coloured("│", subgraph.bottleneck(), style_);
    return fmt::format("{} {}{} {}", bar, pad_right(left, width - display_width(right)), right,
                       bar);
  }

  std::string border(const SubgraphSummary &subgraph, std::string_view corners, std::string left,
                     const std::string &right) const {
    const std::string open(corners.substr(0, corners.size() / 2)),
        close(corners.substr(corners.size() / 2));
    const std::size_t width = layout_.box - 4;
    const std::size_t right_width = right.empty() ? 0 : display_width(right) + 2;
    left = left.empty() ? left : fmt::format(" {} ", cut_end(left, width - right_width - 3));
    const std::string end = right.empty() ? "" : fmt::format(" {} ", right);
    const std::size_t line = width - display_width(left) - display_width(end);
    return coloured(open + "─" + left + repeated("─", line) + end + "─" + close,
                    subgraph.bottleneck(), style_);
  }

  std::string sources_text(const SubgraphSummary &subgraph) const {
    const auto &sources = sources_[subgraph.id];
    return sources.empty() ? std::string() : fmt::format("reads {}", fmt::join(sources, ", "));
  }

  std::vector<std::string> box(const SubgraphSummary &subgraph, std::size_t height) const {
    std::vector<std::string> lines;
    lines.push_back(
        border(subgraph, "┌┐", fmt::format("{} {}", subgraph.id, printable(subgraph.pattern)), ""));
    lines.push_back(
        inside(subgraph, human(static_cast<double>(subgraph.flops), Unit::flops),
               human(subgraph.arithmetic_intensity(), Unit::flops_per_byte) + " FLOP/B"));
    lines.push_back(
        inside(subgraph, "external " + human(static_cast<double>(subgraph.external()), Unit::bytes),
               "saved " + human(static_cast<double>(subgraph.saved()), Unit::bytes)));
    while (lines.size() + 1 < height)
      lines.push_back(inside(subgraph, "", ""));
    lines.push_back(
        border(subgraph, "└┘", sources_text(subgraph), title_of(subgraph.bottleneck())));
    return lines;
  }

  std::string draw_box(const Drawn &part) const {
    const std::vector<std::string> left = left_side(part);
    const std::size_t above = left.size() <= 2 ? 1 : 0; // never beside the corners
    const std::vector<std::string> right = box(*part.subgraph, left.size() + above);
    std::string text;
    for (std::size_t i = 0; i < right.size(); ++i) {
      const bool has_left = i >= above && i - above < left.size();
      text += has_left ? left[i - above] + link(i - above, left.size())
                       : std::string(layout_.left + kLinkWidth, ' ');
      text += right[i] + "\n";
    }
    return text;
  }

  /// Views and the like that hang on no operator: no box, for nothing runs.
  std::string draw_workless(const Drawn &part) const {
    std::string text;
    for (const std::string &line : left_side(part))
      text += line + dim(fmt::format(" ┄┄┄  {} no launch", part.subgraph->id)) + "\n";
    return text;
  }

  const partition::PartitionSummary &summary_;
  const TextStyle &style_;
  Layout layout_;
  struct ByNumber {
    // "10" after "9", names behind numbers
    bool operator()(const std::string &a, const std::string &b) const {
      return std::tuple(a.size(), a) < std::tuple(b.size(), b);
    }
  };
  std::vector<std::set<std::string, ByNumber>> sources_; ///< by subgraph: what it reads from
};

std::string legend(const TextStyle &style) {
  using partition::Bottleneck;
  return "bound by FLOP/B: " + coloured("compute > 50", Bottleneck::compute_bound, style) + ", " +
         coloured("balanced > 10", Bottleneck::balanced, style) + ", " +
         coloured("memory > 1", Bottleneck::memory_bound, style) + ", " +
         coloured("bandwidth", Bottleneck::bandwidth_bound, style) + "\n";
}

std::string footer(std::span<const Drawn> drawn, const VisualWindow &window, std::size_t all) {
  std::size_t shown = 0;
  for (const Drawn &part : drawn)
    shown += part.operators.size();
  if (shown == all)
    return {};
  const std::size_t next = window.start + shown;
  return fmt::format("operators {} to {} of {}{}\n", window.start, next - 1, all,
                     next < all ? fmt::format("; more with --start {}", next) : "");
}

} // namespace

std::string visual_text(const PartitionReport &report, const VisualWindow &window,
                        const TextStyle &style) {
  const std::vector<Drawn> drawn = within(report.summary, window);
  return Drawing(report, style).draw(drawn) +
         footer(drawn, window, report.summary.operators.size()) + legend(style);
}

} // namespace fusesim::report
