#pragma once

#include "report/table.hpp"

#include <nlohmann/json.hpp>

namespace fusesim::report {

/// Header and rows, RFC 4180: CRLF line ends, fields with comma, quote, CR or LF in quotes, quotes
/// doubled.
std::string to_csv(const Table &table);

using Json = nlohmann::ordered_json;

Json to_json(const Cell &cell);

/// Array with one object per row; "a.b" keys nest. Absent cells are null.
Json to_json(const Table &table);

/// The object of a table's only row.
Json to_json_object(const Table &one_row);

/// Indented text with a final newline. Names that are no UTF-8 get U+FFFD: output is always valid
/// JSON.
std::string to_text(const Json &json);

} // namespace fusesim::report
