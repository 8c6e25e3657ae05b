#include "report/formats.hpp"

#include "support/error.hpp"

namespace fusesim::report {

namespace {

std::string csv_field(const std::string &text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos)
    return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"')
      quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

Json row_object(std::span<const Column> columns, const std::vector<Cell> &row) {
  Json object = Json::object();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].key.empty())
      continue;
    Json *place = &object;
    std::string_view key = columns[i].key;
    for (auto dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.')) {
      place = &(*place)[std::string(key.substr(0, dot))];
      key.remove_prefix(dot + 1);
    }
    (*place)[std::string(key)] = to_json(row[i]);
  }
  return object;
}

struct CellToJson {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(const std::vector<TensorCell> &tensors) const {
    Json list = Json::array();
    for (const TensorCell &tensor : tensors) {
      Json object = {{"shape", tensor.shape}, {"dtype", tensor.dtype}, {"name", tensor.name}};
      if (!tensor.role.empty())
        object["role"] = tensor.role;
      list.push_back(std::move(object));
    }
    return list;
  }
  template <class T> Json operator()(const T &value) const { return value; }
};

} // namespace

std::string to_csv(const Table &table) {
  const auto columns = table.columns();
  const auto line = [&](const auto &field) {
    std::string text;
    std::string_view separator;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].key.empty())
        continue;
      text.append(separator).append(csv_field(field(i)));
      separator = ",";
    }
    return text + "\r\n";
  };
  std::string text = line([&](std::size_t i) { return columns[i].key; });
  for (const auto &row : table.rows())
    text += line([&](std::size_t i) { return for_machines(row[i]); });
  return text;
}

Json to_json(const Cell &cell) { return std::visit(CellToJson{}, cell); }

Json to_json(const Table &table) {
  Json rows = Json::array();
  for (const auto &row : table.rows())
    rows.push_back(row_object(table.columns(), row));
  return rows;
}

Json to_json_object(const Table &one_row) {
  if (one_row.rows().size() != 1)
    throw InternalError("a JSON object of " + std::to_string(one_row.rows().size()) + " rows");
  return row_object(one_row.columns(), one_row.rows()[0]);
}

std::string to_text(const Json &json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace fusesim::report
