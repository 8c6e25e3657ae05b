#pragma once

#include "sweep/expression.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace fusesim::claims {

/// A formula over figures of runs: sweep::Expression, with functions over lists.
///
///   unfused.latency_us / fused.latency_us                 one number per run
///   mean(cnn.latency_us) / mean(transformer.latency_us)   a run of several networks is a list
///
/// Inside such a function the formula is calculated once per member; runs of one network stand beside each member.
class Formula {
public:
  /// Throws Error at `place`: no formula, a list function that is not closed.
  Formula(std::string text, std::string place);
  ~Formula();
  Formula(Formula &&) noexcept;
  Formula &operator=(Formula &&) noexcept;

  const std::string &text() const { return text_; }
  const std::string &place() const { return place_; }
  std::vector<std::string> names() const; ///< all that it uses, each once, sorted

  /// Where values come from: how many a name stands for, and each of them.
  struct Source {
    std::function<std::size_t(const std::string &name)> count;
    std::function<double(const std::string &name, std::size_t member)> value;
  };
  /// Throws Error at its place: a list outside of list functions, lists of different lengths in one.
  void check(const Source &source) const;
  /// Throws Error at its place when the result is no finite number, and what `source` throws.
  double evaluate(const Source &source) const;

  /// What a list function was calculated of.
  struct Series {
    std::string text; ///< inside of the function
    std::vector<double> values;
  };
  std::vector<Series> series(const Source &source) const;

  /// "mean", "median", …
  static std::vector<std::string> list_functions();

private:
  struct ListCall;
  std::size_t length(const Source &source) const;
  double evaluate_at(const Source &source, std::size_t member) const;

  std::string text_, place_;
  std::vector<std::unique_ptr<ListCall>> calls_;
  std::unique_ptr<sweep::Expression> expression_; ///< of text_, its list calls replaced by names
};

} // namespace fusesim::claims
