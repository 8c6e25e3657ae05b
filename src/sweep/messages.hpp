#pragma once

#include "sweep/outcome.hpp"

/// What ranks of a cluster say to each other: one letter, then the body.
///
///   rank r ─ hello ──> rank 0      who I am, how many workers I have, which sweep I read
///          <─ work ──              numbers of configurations
///          ── outcomes ──>         as WorkerProcesses gives them
///          ── alive ──>            about once a second
///          <─ give_back ──         stop after what is under way …
///          ── given_back ──>       … and these were not
///          <─ leave ──             the end
///          <─ abandon ──           the end, when a rank was lost: it is not waited for
///          ── declines ──>         I cannot take part, and why
namespace fusesim::sweep {

struct Message {
  enum class Kind : char {
    hello = 'h',
    work = 'w',
    outcomes = 'o',
    alive = 'a',
    give_back = 'b',
    given_back = 'g',
    leave = 'l',
    abandon = 'x',
    declines = 'd',
  } kind = Kind::alive;
  std::string body;
};

std::string encoded(Message::Kind kind, std::string_view body = {});
/// Throws InternalError.
Message decoded(std::string_view bytes);

struct Hello {
  std::string host, identity, version;
  unsigned workers = 0;
};
std::string encoded(const Hello &hello);
Hello hello_in(const Message &message);

std::string encoded_numbers(std::span<const std::uint64_t> numbers);
std::vector<std::uint64_t> numbers_in(const Message &message);

} // namespace fusesim::sweep
