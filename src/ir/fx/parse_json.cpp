// JSON text as a JSON value. nlohmann::json has a parser for that, but looks every new key up among
// all of its object before it, and with a callback every element among its siblings: quadratic in a
// file with as many tensors, modules and nodes as ours.
#include "ir/fx/detail.hpp"

#include "support/error.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <unordered_set>

namespace fusesim::ir::fx {

namespace {

class Builder : public nlohmann::json_sax<Json> {
public:
  Builder(const std::string &text, const std::string &place) : text_(text), place_(place) {}

  Json take() && { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t &) override { return add(value); }
  bool string(string_t &value) override { return add(std::move(value)); }
  bool binary(binary_t &) override { return false; } // JSON text has none

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool key(string_t &name) override {
    note(name);
    key_ = std::move(name);
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t position, const std::string &,
                   const nlohmann::detail::exception &error) override {
    constexpr int kOutOfRange = 406; // a number beyond a double
    const auto end = static_cast<std::ptrdiff_t>(std::min(position, text_.size()));
    const auto line = 1 + std::count(text_.begin(), text_.begin() + end, '\n');
    throw Error(fmt::format("{}:{}", place_, line),
                error.id == kOutOfRange   ? "is no JSON: a number is too large"
                : position > text_.size() ? "the file ends in the middle of its JSON: truncated"
                                          : "is no JSON",
                kExportAgain);
  }

private:
  /// A list or object that has not ended. Its address is stable: only the innermost one grows.
  struct Open {
    Json *value;
    std::unordered_set<std::string> names = {}; ///< of its members, once they are many
  };

  Json &append(Json value) {
    if (open_.empty())
      return root_ = std::move(value);
    Json &parent = *open_.back().value;
    if (parent.is_array())
      return parent.get_ref<Json::array_t &>().emplace_back(std::move(value));
    // As a vector of members: an ordered_map's own emplace looks through all of them.
    Json::object_t::Container &members = parent.get_ref<Json::object_t &>();
    return members.emplace_back(std::move(key_), std::move(value)).second;
  }

  bool add(Json value) {
    append(std::move(value));
    return true;
  }

  bool open(Json value) {
    if (open_.size() >= kMaxDepth)
      throw Error(place_, fmt::format("is nested deeper than {} levels", kMaxDepth), kExportAgain);
    Json &added = append(std::move(value));
    open_.push_back({&added});
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  /// Refuses a second member of one name.
  void note(const std::string &name) {
    constexpr std::size_t kFew = 16;
    Open &object = open_.back();
    const auto &members = object.value->get_ref<const Json::object_t &>();
    bool is_new = true;
    if (members.size() < kFew) {
      is_new = members.find(name) == members.end();
    } else {
      if (object.names.empty())
        for (const auto &member : members)
          object.names.insert(member.first);
      is_new = object.names.insert(name).second;
    }
    if (!is_new)
      throw Error(place_, fmt::format("'{}' is there twice in one object", name), kExportAgain);
  }

  const std::string &text_, &place_;
  Json root_;
  std::string key_; ///< of the next member
  std::vector<Open> open_;
};

} // namespace

Json parse_json(const std::string &text, const std::string &place) {
  Builder builder(text, place);
  (void)Json::sax_parse(text, &builder); // errors are thrown
  return std::move(builder).take();
}

} // namespace fusesim::ir::fx
