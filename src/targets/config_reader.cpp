#include "targets/config_reader.hpp"

#include "support/error.hpp"
#include "support/nearest.hpp"
#include "targets/config_files.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

namespace fusesim::targets {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kBaseKey = "base";
constexpr std::string_view kCalibratedKey = "calibrated";

std::string place(const fs::path &file, const YAML::Mark &mark) {
  return fmt::format("{}:{}", file.string(), std::max(mark.line, 0) + 1);
}

std::string contents_of(const fs::path &file) {
  std::error_code error;
  if (!fs::exists(file, error))
    throw Error(file.string(), "no such file");
  if (!fs::is_regular_file(file, error))
    throw Error(file.string(), "is not a file");
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream)
    throw Error(file.string(), "cannot be read");
  return text.str();
}

YAML::Node parse_map(const fs::path &file) {
  const auto text = contents_of(file);
  std::vector<YAML::Node> documents;
  try {
    documents = YAML::LoadAll(text);
  } catch (const YAML::Exception &broken) {
    throw Error(place(file, broken.mark), fmt::format("broken YAML: {}", broken.msg));
  }
  if (documents.empty() || documents.front().IsNull())
    throw Error(place(file, {}), "the file is empty", "a config is a map of 'key: value' lines");
  if (documents.size() > 1)
    throw Error(place(file, documents[1].Mark()), "a second YAML document", "one file, one config");
  if (!documents.front().IsMap())
    throw Error(place(file, documents.front().Mark()), "not a map",
                "a config is a map of 'key: value' lines");
  return documents.front();
}

std::string bounds_of(const Range &range) {
  return fmt::format("{:g} to {:g}{}{}", range.min, range.max, range.unit.empty() ? "" : " ",
                     range.unit);
}

} // namespace

ConfigReader::ConfigReader(const fs::path &file) : file_(file.string()) {
  std::vector<fs::path> chain;
  load(file, chain);
}

// A shipped config by its name, or a file by its path from the one that names it.
fs::path ConfigReader::base_file(const fs::path &file, const Entry &base) {
  if (!is_config_path(base.value)) {
    try {
      return find_config(base.value, {"gpu", "tile", "runtime"}, "config");
    } catch (const Error &error) {
      throw Error(base.place, fmt::format("key 'base': {}", error.what()));
    }
  }
  const auto next = file.parent_path() / base.value;
  if (!fs::exists(next))
    throw Error(base.place, fmt::format("key 'base': no such file '{}'", next.string()),
                "the path is relative to this file");
  return next;
}

// `chain` holds the files being read, from the one asked for down to this one: a base that is
// already in it is a cycle.
void ConfigReader::load(const fs::path &file, std::vector<fs::path> &chain) {
  const auto map = parse_map(file);
  chain.push_back(fs::weakly_canonical(file));
  const std::size_t first = entries_.size();
  for (const auto &item : map)
    add_key(file, item.first, item.second);

  std::set<std::string> own;
  const Entry *base = nullptr;
  for (std::size_t i = first; i < entries_.size(); ++i) {
    const auto &entry = entries_[i];
    if (!own.insert(entry.key).second)
      throw Error(entry.place, fmt::format("key '{}' is given twice", entry.key));
    if (entry.key == kBaseKey)
      base = &entry;
    effective_.try_emplace(entry.key, i); // what a nearer file says stands
  }
  if (base == nullptr)
    return;
  if (base->value.empty() || base->form == Entry::Form::compound)
    throw Error(base->place, "key 'base' must be a file name");
  const auto next = base_file(file, *base);
  if (std::find(chain.begin(), chain.end(), fs::weakly_canonical(next)) != chain.end())
    throw Error(base->place, fmt::format("key 'base': '{}' inherits from itself", base->value));
  load(next, chain);
}

void ConfigReader::add_key(const fs::path &file, const YAML::Node &key, const YAML::Node &value) {
  const auto where = place(file, key.Mark());
  if (!key.IsScalar())
    throw Error(where, "a key must be a plain word");
  if (key.Scalar() == kCalibratedKey)
    return add_calibrated(file, value);
  Entry entry{Entry::Form::plain, key.Scalar(), {}, where};
  if (value.IsScalar()) {
    entry.value = value.Scalar();
    entry.form = value.Tag() == "!" ? Entry::Form::quoted : Entry::Form::plain;
  } else {
    entry.form = value.IsNull() ? Entry::Form::empty : Entry::Form::compound;
  }
  entries_.push_back(std::move(entry));
}

void ConfigReader::override_key(std::string_view key, std::string_view value,
                                std::string_view place) {
  effective_.insert_or_assign(std::string(key), entries_.size());
  entries_.push_back(
      {Entry::Form::plain, std::string(key), std::string(value), std::string(place)});
}

// The nearest file that names a constant gives its bounds.
void ConfigReader::add_calibrated(const fs::path &file, const YAML::Node &map) {
  constexpr std::string_view kHint = "as: calibrated: {dram_efficiency: [0.7, 0.98]}";
  if (!map.IsMap())
    throw Error(place(file, map.Mark()), "key 'calibrated' must map keys to bounds", kHint);
  for (const auto &item : map) {
    Calibrated one{item.first.as<std::string>(""), 0, 0, place(file, item.first.Mark())};
    try {
      const auto bounds = item.second.as<std::vector<double>>();
      if (bounds.size() != 2 || !(bounds[0] < bounds[1]))
        throw Error(one.place,
                    fmt::format("bounds of '{}' must be two numbers, the smaller first", one.key),
                    kHint);
      one.min = bounds[0];
      one.max = bounds[1];
    } catch (const YAML::Exception &) {
      throw Error(one.place, fmt::format("bounds of '{}' must be two numbers", one.key), kHint);
    }
    if (std::ranges::find(calibrated_, one.key, &Calibrated::key) == calibrated_.end())
      calibrated_.push_back(std::move(one));
  }
}

void ConfigReader::check_calibrated() const {
  for (const auto &one : calibrated_)
    if (std::ranges::find(known_numbers_, one.key) == known_numbers_.end())
      throw Error(one.place, fmt::format("'{}' is no number that can be calibrated", one.key),
                  nearest_names_hint(one.key, known_numbers_));
}

const ConfigReader::Entry *ConfigReader::find(std::string_view key) const {
  const auto found = effective_.find(key);
  return found == effective_.end() ? nullptr : &entries_[found->second];
}

std::string ConfigReader::place_of(std::string_view key) const {
  const auto *entry = find(key);
  return entry != nullptr ? entry->place : file_ + ":1";
}

void ConfigReader::fail(std::string_view key, std::string_view what, std::string_view hint) const {
  throw Error(place_of(key), fmt::format("key '{}': {}", key, what), hint);
}

void ConfigReader::finish() const {
  check_calibrated();
  for (const auto &entry : entries_) {
    if (entry.key == kBaseKey || std::find(known_.begin(), known_.end(), entry.key) != known_.end())
      continue;
    throw Error(entry.place, fmt::format("unknown key '{}'", entry.key),
                nearest_names_hint(entry.key, known_));
  }
  for (const auto &spec : missing_)
    throw Error(file_ + ":1", fmt::format("key '{}' is missing", spec.key),
                fmt::format("it says: {}", spec.meaning));
}

const ConfigReader::Entry *ConfigReader::take(const FieldSpec &spec) {
  known_.emplace_back(spec.key);
  const auto *entry = find(spec.key);
  if (entry == nullptr) {
    if (spec.required)
      missing_.push_back(spec);
    return nullptr;
  }
  if (entry->form == Entry::Form::empty)
    fail(spec.key, "has no value");
  if (entry->form == Entry::Form::compound)
    fail(spec.key, "must be one value, not a list or a map");
  return entry;
}

double ConfigReader::parse_number(const FieldSpec &spec, const Entry &entry) const {
  const auto &text = entry.value;
  double value = 0;
  const auto *end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  const bool is_nan = text == ".nan" || text == ".NaN" || text == ".NAN";
  if (is_nan || (parsed.ec == std::errc{} && parsed.ptr == end && !std::isfinite(value)))
    fail(spec.key, fmt::format("'{}' is not a finite number", text), bounds_of(spec.range));
  if (parsed.ec == std::errc::result_out_of_range)
    fail(spec.key, fmt::format("{} is out of range", text), bounds_of(spec.range));
  if (entry.form == Entry::Form::quoted || parsed.ec != std::errc{} || parsed.ptr != end)
    fail(spec.key, fmt::format("'{}' is not a number", text), bounds_of(spec.range));
  if (value < spec.range.min || value > spec.range.max)
    fail(spec.key, fmt::format("{} is out of range", text), bounds_of(spec.range));
  return value;
}

void ConfigReader::number(const FieldSpec &spec, double &member) {
  known_numbers_.emplace_back(spec.key);
  if (const auto *entry = take(spec))
    member = parse_number(spec, *entry);
}

void ConfigReader::whole_number(const FieldSpec &spec, std::uint32_t &member) {
  const auto *entry = take(spec);
  if (entry == nullptr)
    return;
  const double value = parse_number(spec, *entry);
  if (value != std::floor(value))
    fail(spec.key, fmt::format("{} is not a whole number", entry->value), bounds_of(spec.range));
  member = static_cast<std::uint32_t>(value);
}

void ConfigReader::text(const FieldSpec &spec, std::string &member) {
  if (const auto *entry = take(spec)) {
    if (entry->value.empty())
      fail(spec.key, "is empty");
    member = entry->value;
  }
}

void ConfigReader::flag(const FieldSpec &spec, bool &member) {
  const auto *entry = take(spec);
  if (entry == nullptr)
    return;
  if (entry->form == Entry::Form::quoted || (entry->value != "true" && entry->value != "false"))
    fail(spec.key, fmt::format("'{}' is neither true nor false", entry->value));
  member = entry->value == "true";
}

void ConfigReader::one_of(const FieldSpec &spec, const std::vector<std::string> &names,
                          std::string &member) {
  const auto *entry = take(spec);
  if (entry == nullptr)
    return;
  if (std::find(names.begin(), names.end(), entry->value) == names.end())
    fail(spec.key, fmt::format("unknown value '{}'", entry->value),
         fmt::format("one of: {}", fmt::join(names, ", ")));
  member = entry->value;
}

} // namespace fusesim::targets
