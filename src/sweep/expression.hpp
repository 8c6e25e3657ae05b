#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mu {
class Parser;
}

namespace fusesim::sweep {

/// A formula over named numbers, as muParser reads it: + - * / ^, comparisons, && || ?:, min, max,
/// abs, sqrt, exp, ln, log2, log10, rint, floor, ceil. A name may have parts: `fused.launches`.
class Expression {
public:
  /// Throws Error at `place` when the text is no formula.
  Expression(std::string text, std::string place);
  ~Expression();
  Expression(Expression &&) noexcept;
  Expression &operator=(Expression &&) noexcept;

  const std::string &text() const { return text_; }
  const std::string &place() const { return place_; }
  const std::vector<std::string> &names() const { return names_; } ///< that the formula uses
  bool is_comparison() const;

  using Lookup = std::function<double(std::size_t name)>; ///< by position in names()
  /// Throws Error at its place when the result is no finite number.
  double evaluate(const Lookup &value_of) const;

private:
  std::string text_, place_;
  std::vector<std::string> names_;
  std::unique_ptr<std::vector<double>> slots_; ///< what the parser's variables point at
  std::unique_ptr<mu::Parser> parser_;
};

} // namespace fusesim::sweep
