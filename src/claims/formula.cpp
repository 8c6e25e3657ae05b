#include "claims/formula.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <numeric>
#include <set>
#include <utility>

namespace fusesim::claims {

namespace {

using Values = std::vector<double>;

double mean(const Values &values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double median(const Values &values) {
  Values sorted = values;
  std::ranges::sort(sorted);
  const auto middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/// From each member to the next, the smallest step (largest: with its sign turned).
double least_step(const Values &values, double sign) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i < values.size(); ++i)
    least = std::min(least, sign * (values[i] - values[i - 1]));
  return sign * least;
}

struct ListFunction {
  std::string_view name;
  double (*of)(const Values &);
};
constexpr ListFunction kFunctions[] = {
    {"mean", mean},
    {"median", median},
    {"smallest", [](const Values &v) { return *std::ranges::min_element(v); }},
    {"largest", [](const Values &v) { return *std::ranges::max_element(v); }},
    {"total", [](const Values &v) { return std::accumulate(v.begin(), v.end(), 0.0); }},
    {"least_step", [](const Values &v) { return least_step(v, 1); }},
    {"most_step", [](const Values &v) { return least_step(v, -1); }},
};

const ListFunction *find_function(std::string_view name) {
  const auto found = std::ranges::find(kFunctions, name, &ListFunction::name);
  return found == std::end(kFunctions) ? nullptr : found;
}

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}

/// Position of the parenthesis that closes the one at `open`; npos when there is none.
std::size_t closing(std::string_view text, std::size_t open) {
  int depth = 0;
  for (auto i = open; i < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (depth == 0)
      return i;
  }
  return std::string_view::npos;
}

} // namespace

struct Formula::ListCall {
  const ListFunction *function;
  std::string slot; ///< its name in the outer formula
  Formula inside;

  Values values(const Source &source) const {
    Values all;
    const auto count = inside.length(source);
    for (std::size_t i = 0; i < count; ++i)
      all.push_back(inside.evaluate_at(source, i));
    return all;
  }
  double value(const Source &source) const { return function->of(values(source)); }
};

Formula::Formula(std::string text, std::string place)
    : text_(std::move(text)), place_(std::move(place)) {
  std::string outer;
  for (std::size_t i = 0; i < text_.size();) {
    if (!is_name_character(text_[i])) {
      outer += text_[i++];
      continue;
    }
    auto end = i;
    while (end < text_.size() && is_name_character(text_[end]))
      ++end;
    const auto name = std::string_view(text_).substr(i, end - i);
    const auto *function = find_function(name);
    const auto open = text_.find_first_not_of(' ', end);
    if (function == nullptr || open == std::string::npos || text_[open] != '(') {
      outer += name;
      i = end;
      continue;
    }
    const auto close = closing(text_, open);
    if (close == std::string::npos)
      throw Error(place_, fmt::format("'{}': {}( is not closed", text_, name));
    const auto slot = fmt::format("{}_{}", name, calls_.size() + 1);
    Formula inside(text_.substr(open + 1, close - open - 1), place_);
    if (!inside.calls_.empty())
      throw Error(place_, fmt::format("'{}': a list function inside of another", text_));
    calls_.push_back(std::unique_ptr<ListCall>(new ListCall{function, slot, std::move(inside)}));
    outer += slot;
    i = close + 1;
  }
  expression_ = std::make_unique<sweep::Expression>(outer, place_);
}

Formula::~Formula() = default;
Formula::Formula(Formula &&) noexcept = default;
Formula &Formula::operator=(Formula &&) noexcept = default;

std::vector<std::string> Formula::list_functions() {
  std::vector<std::string> names;
  for (const auto &function : kFunctions)
    names.emplace_back(function.name);
  return names;
}

std::vector<std::string> Formula::names() const {
  std::set<std::string> all(expression_->names().begin(), expression_->names().end());
  for (const auto &call : calls_) {
    all.erase(call->slot);
    for (auto &name : call->inside.names())
      all.insert(std::move(name));
  }
  return {all.begin(), all.end()};
}

std::size_t Formula::length(const Source &source) const {
  std::size_t length = 1;
  for (const auto &name : names())
    length = std::max(length, source.count(name));
  return length;
}

void Formula::check(const Source &source) const {
  for (const auto &name : expression_->names()) {
    const bool is_call =
        std::ranges::any_of(calls_, [&](const auto &c) { return c->slot == name; });
    if (!is_call && source.count(name) > 1)
      throw Error(place_,
                  fmt::format("'{}': '{}' stands for {} values", text_, name, source.count(name)),
                  fmt::format("use a list function: {}", fmt::join(list_functions(), ", ")));
  }
  for (const auto &call : calls_) {
    const auto length = call->inside.length(source);
    for (const auto &name : call->inside.names())
      if (const auto count = source.count(name); count != 1 && count != length)
        throw Error(place_, fmt::format("'{}': '{}' stands for {} values, others for {}", text_,
                                        name, count, length));
    if (length < 2)
      throw Error(place_,
                  fmt::format("'{}': {}() has no list to work on", text_, call->function->name),
                  "give a run several models: model: [resnet18, resnet50]");
  }
}

double Formula::evaluate_at(const Source &source, std::size_t member) const {
  return expression_->evaluate([&](std::size_t index) {
    const auto &name = expression_->names()[index];
    const auto call = std::ranges::find(calls_, name, [](const auto &c) { return c->slot; });
    if (call != calls_.end())
      return (*call)->value(source);
    return source.value(name, source.count(name) > 1 ? member : 0);
  });
}

double Formula::evaluate(const Source &source) const { return evaluate_at(source, 0); }

std::vector<Formula::Series> Formula::series(const Source &source) const {
  std::vector<Series> all;
  for (const auto &call : calls_)
    all.push_back({call->inside.text(), call->values(source)});
  return all;
}

} // namespace fusesim::claims
