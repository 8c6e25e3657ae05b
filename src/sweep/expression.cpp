#include "sweep/expression.hpp"

#include "support/error.hpp"

#include <fmt/format.h>
#include <muParser.h>

#include <cmath>

namespace fusesim::sweep {

namespace {

constexpr const char *kHint = "a formula such as sm_count * boost_clock_ghz";

// muParser's own, and the dot.
constexpr const char *kNameCharacters =
    "0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.";

double floor_of(double value) { return std::floor(value); }
double ceil_of(double value) { return std::ceil(value); }

} // namespace

Expression::Expression(std::string text, std::string place)
    : text_(std::move(text)), place_(std::move(place)),
      slots_(std::make_unique<std::vector<double>>()), parser_(std::make_unique<mu::Parser>()) {
  try {
    parser_->DefineNameChars(kNameCharacters);
    parser_->DefineFun("floor", floor_of);
    parser_->DefineFun("ceil", ceil_of);
    parser_->SetExpr(text_);
    for (const auto &variable : parser_->GetUsedVar())
      names_.push_back(variable.first);
    slots_->assign(names_.size(), 1);
    for (std::size_t i = 0; i < names_.size(); ++i)
      parser_->DefineVar(names_[i], &(*slots_)[i]);
    parser_->Eval(); // compiles it: what is wrong with it shows now
  } catch (const mu::Parser::exception_type &error) {
    throw Error(place_, fmt::format("'{}': {}", text_, error.GetMsg()), kHint);
  }
}

Expression::~Expression() = default;
Expression::Expression(Expression &&) noexcept = default;
Expression &Expression::operator=(Expression &&) noexcept = default;

bool Expression::is_comparison() const {
  return text_.find_first_of("<>=!&|") != std::string::npos;
}

double Expression::evaluate(const Lookup &value_of) const {
  for (std::size_t i = 0; i < names_.size(); ++i)
    (*slots_)[i] = value_of(i);
  double result = 0;
  try {
    result = parser_->Eval();
  } catch (const mu::Parser::exception_type &error) {
    throw Error(place_, fmt::format("'{}': {}", text_, error.GetMsg()), kHint);
  }
  if (std::isfinite(result))
    return result;
  std::string values;
  for (std::size_t i = 0; i < names_.size(); ++i)
    values += fmt::format("{}{} = {}", i > 0 ? ", " : "", names_[i], (*slots_)[i]);
  throw Error(place_, fmt::format("'{}' is no finite number where {}", text_, values));
}

} // namespace fusesim::sweep
