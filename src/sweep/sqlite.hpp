#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

/// The little of SQLite's C interface that results need, with errors as exceptions.
namespace fusesim::sweep {

class Database {
public:
  enum class Mode : std::uint8_t { read, write, create };
  /// Throws Error naming the file.
  Database(const std::filesystem::path &file, Mode mode);

  /// Runs statements without results. Throws Error naming the file, with SQLite's words.
  void run(const std::string &sql);
  /// How long a lock that another process holds is waited for.
  void wait_for_locks(int milliseconds);
  [[noreturn]] void fail() const;

  const std::filesystem::path &file() const { return file_; }
  sqlite3 *handle() const { return handle_.get(); }

private:
  struct Close {
    void operator()(sqlite3 *handle) const;
  };
  std::filesystem::path file_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared statement. Parameters count from 1, columns from 0, as SQLite has it.
class Statement {
public:
  Statement(const Database &database, const std::string &sql);

  void bind(int parameter, double value);
  void bind(int parameter, std::int64_t value);
  void bind(int parameter, std::string_view value);
  void bind_null(int parameter);
  /// False when there is no (further) row; the statement can then be bound anew.
  bool step();

  enum class Kind : std::uint8_t { none, integer, number, text };
  Kind kind(int column) const; ///< of this row's value
  std::int64_t integer(int column) const;
  double number(int column) const;
  std::string text(int column) const;

private:
  struct Finalize {
    void operator()(sqlite3_stmt *statement) const;
  };
  void check(int result) const;

  const Database *database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// The first column of the only row; nothing when there is none.
std::optional<std::string> only_text(const Database &database, const std::string &sql);

/// A name as SQL takes it, whatever characters are in it.
std::string sql_name(std::string_view name);

} // namespace fusesim::sweep
