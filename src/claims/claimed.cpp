#include "claims/claimed.hpp"

#include "claims/figures.hpp"
#include "support/error.hpp"
#include "support/nearest.hpp"
#include "support/number.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cctype>
#include <cmath>
#include <utility>
#include <vector>

namespace fusesim::claims {

namespace {

using Form = Claimed::Form;

constexpr std::array<std::pair<std::string_view, Form>, 6> kComparisons{{
    {">=", Form::at_least},
    {"<=", Form::at_most},
    {"≥", Form::at_least},
    {"≤", Form::at_most},
    {">", Form::above},
    {"<", Form::below},
}};

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  const auto last = text.find_last_not_of(' ');
  return first == std::string_view::npos ? "" : std::string(text.substr(first, last - first + 1));
}

/// The unit at the end of a text, after a blank or right after a digit ("19.6%"), and the text without it.
std::pair<std::string, std::string> split_unit(const std::string &text) {
  const UnitInfo *longest = nullptr;
  for (const auto &unit : units()) {
    if (!text.ends_with(unit.name) || text.size() == unit.name.size())
      continue;
    const char before = text[text.size() - unit.name.size() - 1];
    const bool apart = before == ' ' || before == ')' || (before >= '0' && before <= '9');
    if (apart && (longest == nullptr || unit.name.size() > longest->name.size()))
      longest = &unit;
  }
  if (longest == nullptr)
    return {text, ""};
  return {trimmed(std::string_view(text).substr(0, text.size() - longest->name.size())),
          std::string(longest->name)};
}

/// The units of the same letters in another case, else those nearest, else all of them.
std::string nearest_units_hint(const std::string &unit, const std::vector<std::string> &known) {
  const auto folded = [](std::string text) {
    for (auto &c : text)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  };
  for (const auto &name : known)
    if (folded(name) == folded(unit))
      return fmt::format("did you mean '{}'?", name);
  const auto hint = nearest_names_hint(unit, known);
  return hint.starts_with("known") ? fmt::format("known: {}", fmt::join(known, " ")) : hint;
}

/// What stands where a unit does and is none: letters after a number, a name or a parenthesis. Throws Error at `place`.
void refuse_unknown_unit(const std::string &text, const std::string &place) {
  const auto is_letter = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalpha(byte) != 0 || byte >= 0x80 || c == '%' || c == '/';
  };
  auto first = text.size();
  while (first > 0 && is_letter(text[first - 1]))
    --first;
  const auto unit = text.substr(first);
  const auto before = text.find_last_not_of(' ', first == 0 ? std::string::npos : first - 1);
  if (unit.empty() || first == 0 || before == std::string::npos)
    return;
  const char last = text[before];
  const bool apart = before + 1 < first || std::isdigit(static_cast<unsigned char>(last)) != 0;
  const bool ends_number = std::isalnum(static_cast<unsigned char>(last)) != 0 || last == '_' ||
                           last == ')' || last == '.';
  if (!apart || !ends_number)
    return;
  std::vector<std::string> known;
  for (const auto &one : units())
    known.emplace_back(one.name);
  throw Error(place, fmt::format("'{}': unknown unit '{}'", text, unit),
              nearest_units_hint(unit, known));
}

/// Half a unit of a number's last digit as written: 0.05 of "19.6", 0.5 of "60".
double half_last_digit(const std::string &number) {
  const auto exponent = number.find_first_of("eE");
  const auto point = number.find('.');
  const auto digits = exponent == std::string::npos ? number.size() : exponent;
  const double decimals =
      point == std::string::npos || point > digits ? 0 : static_cast<double>(digits - point - 1);
  const double scale =
      exponent == std::string::npos ? 0 : number_in(number.substr(exponent + 1)).value_or(0);
  return 0.5 * std::pow(10, scale - decimals);
}

void read_tolerance(Claimed &claimed, const std::string &tolerance, const std::string &place) {
  auto [text, unit] = split_unit(tolerance);
  const auto value = number_in(text);
  if (!value || *value < 0)
    throw Error(place, fmt::format("tolerance '{}' is no number", tolerance),
                "as: tolerance: 5 %, or a number in the claimed unit");
  if (unit == "%") {
    claimed.tolerance_is_share = true;
    claimed.tolerance = *value / 100;
  } else if (unit.empty() || unit == claimed.unit) {
    claimed.tolerance = *value;
  } else {
    throw Error(
        place, fmt::format("tolerance '{}' is in another unit than '{}'", tolerance, claimed.text));
  }
}

} // namespace

Claimed parse_claimed(const std::string &text, const std::string &tolerance,
                      const std::string &place) {
  Claimed claimed;
  claimed.text = trimmed(text);
  if (claimed.text == "true") {
    claimed.form = Form::truth;
    if (!tolerance.empty())
      throw Error(place, "a tolerance means nothing for 'true'");
    return claimed;
  }
  auto [rest, unit] = split_unit(claimed.text);
  if (unit.empty())
    refuse_unknown_unit(claimed.text, place);
  claimed.unit = unit;
  for (const auto &[sign, form] : kComparisons)
    if (rest.starts_with(sign)) {
      claimed.form = form;
      rest = trimmed(std::string_view(rest).substr(sign.size()));
      break;
    }
  const auto to = rest.find(" to ");
  if (claimed.form == Form::near && to != std::string::npos) {
    claimed.form = Form::range;
    const auto [first, first_unit] = split_unit(trimmed(rest.substr(0, to)));
    rest = trimmed(rest.substr(to + 4));
    if (!first_unit.empty() && first_unit != unit)
      throw Error(place, fmt::format("claimed '{}' has two units", claimed.text),
                  "write both ends in one");
    if (const auto from = number_in(first), end = number_in(rest); from && end && *from > *end)
      throw Error(place, fmt::format("claimed '{}' ends before it begins", claimed.text),
                  "the lower end comes first");
    claimed.numbers.emplace_back(first, place);
  }
  if (rest.empty())
    throw Error(place, fmt::format("claimed '{}' has no number", text));
  claimed.numbers.emplace_back(rest, place);
  if (claimed.form != Form::near) {
    if (!tolerance.empty())
      throw Error(place, fmt::format("a tolerance means nothing for '{}'", claimed.text),
                  "it belongs to a single claimed number");
    return claimed;
  }
  if (!tolerance.empty())
    read_tolerance(claimed, tolerance, place);
  else if (number_in(rest))
    claimed.tolerance = half_last_digit(rest);
  else
    throw Error(place, fmt::format("claimed '{}' is a formula and needs a tolerance", claimed.text),
                "as: tolerance: 10 %");
  return claimed;
}

Side Bounds::side_of(double value) const {
  if (from && (open ? value <= *from : value < *from))
    return Side::below;
  if (to && (open ? value >= *to : value > *to))
    return Side::above;
  return Side::holds;
}

Bounds bounds_of(const Claimed &claimed, const Formula::Source &source) {
  const auto *unit = find_unit(claimed.unit);
  const double scale = unit != nullptr ? unit->scale : 1;
  const auto number = [&](std::size_t i) { return claimed.numbers.at(i).evaluate(source) * scale; };
  switch (claimed.form) {
  case Form::truth:
    return {1, std::nullopt, false};
  case Form::range:
    return {number(0), number(1), false};
  case Form::above:
    return {number(0), std::nullopt, true};
  case Form::at_least:
    return {number(0), std::nullopt, false};
  case Form::below:
    return {std::nullopt, number(0), true};
  case Form::at_most:
    return {std::nullopt, number(0), false};
  case Form::near:
    break;
  }
  const double value = number(0);
  const double width =
      claimed.tolerance_is_share ? std::abs(value) * claimed.tolerance : claimed.tolerance * scale;
  const double rounding = std::abs(value) * 1e-12; // 0.245 ± 0.0005 must hold 0.2455 as written
  return {value - width - rounding, value + width + rounding, false};
}

} // namespace fusesim::claims
