#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// One description of a figure (key, title, unit, where its value comes from) feeds the text table,
/// the CSV column and the JSON key, so that the three can never disagree:
///
///   Figure ──┬─> Table ──┬─> to_text   human units, aligned
///            │           ├─> to_csv    exact values, RFC 4180
///            │           └─> to_json   exact values, array of objects
///            └─> json_of (one object)
namespace fusesim::report {

/// What a number counts; decides how people see it. Machine formats write the plain number in this
/// unit.
enum class Unit : std::uint8_t {
  none,           ///< text, ids: as it is
  count,          ///< 25557032 → "25,557,032"
  bytes,          ///< 45600000 → "45.6 MB" (10^6)
  flops,          ///< "8.18 GFLOP"
  macs,           ///< "4.09 GMAC"
  operations,     ///< "22.6 Mop"
  microseconds,   ///< 1230 → "1.23 ms"
  ratio,          ///< 1.5 → "1.50×"
  fraction,       ///< 0.25 → "25.0 %"
  flops_per_byte, ///< "41.4"
  number,         ///< a plain quantity whose unit its name says: 1131.37084 → "1131"
};

/// One tensor in a list of operands.
struct TensorCell {
  std::string name, role; ///< role may be empty
  std::string dtype;
  std::vector<std::int64_t> shape;
};

using Cell = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string,
                          std::vector<std::string>, std::vector<TensorCell>>;

struct Column {
  std::string
      key; ///< CSV header and JSON key; "a.b" nests b in an object a; empty: for people only
  std::string title; ///< of the text table; empty: machine formats only
  Unit unit = Unit::none;
};

/// A column and how to get its cell from a T.
template <class T> struct Figure {
  Column column;
  std::function<Cell(const T &)> value;
};

/// "1.23 ms", "45.6 MB", "resnet50"; "–" for an absent value. Three significant digits, integers
/// under 1000 exact.
std::string for_people(const Cell &cell, Unit unit);

/// The exact value as CSV shows it: shortest decimal that reads back to the same double; empty when
/// absent; lists joined by ';'.
std::string for_machines(const Cell &cell);

bool is_number(const Cell &cell);

/// "1x3x224x224", "scalar" when empty.
std::string shape_text(std::span<const std::int64_t> shape);

/// "12.3 kB", as Unit says. Shared with captions and warnings.
std::string human(double value, Unit unit);

} // namespace fusesim::report
