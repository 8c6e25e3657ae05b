#include "sweep/sqlite.hpp"

#include "support/error.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <system_error>

namespace fusesim::sweep {

namespace {

// SQLite has one text for all of these: "unable to open database file".
void check_place(const std::filesystem::path &file, bool may_be_new) {
  if (std::filesystem::is_directory(file))
    throw Error(file.string(), "is a directory", "name a file of sweep results");
  if (std::filesystem::exists(file))
    return;
  if (!may_be_new)
    throw Error(file.string(), "no such file");
  const auto folder = file.parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder))
    throw Error(file.string(), fmt::format("there is no folder '{}'", folder.string()),
                "make it first, or give another -o FILE");
}

} // namespace

void Database::Close::operator()(sqlite3 *handle) const { sqlite3_close_v2(handle); }
void Statement::Finalize::operator()(sqlite3_stmt *statement) const { sqlite3_finalize(statement); }

Database::Database(const std::filesystem::path &file, Mode mode) : file_(file) {
  int flags = SQLITE_OPEN_READONLY;
  if (mode == Mode::write)
    flags = SQLITE_OPEN_READWRITE;
  else if (mode == Mode::create)
    flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  check_place(file, mode == Mode::create);
  sqlite3 *handle = nullptr;
  const int result = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  if (result != SQLITE_OK)
    fail();
  sqlite3_extended_result_codes(handle, 1);
}

void Database::fail() const {
  const int code = sqlite3_errcode(handle()) & 0xff;
  if (code == SQLITE_NOTADB)
    throw Error(file_.string(), "is no file of sweep results", "fusesim sweep writes them");
  if (code == SQLITE_BUSY)
    throw Error(file_.string(), "is being written by another process", "wait until it has ended");
  const int extended = sqlite3_extended_errcode(handle());
  if (extended == SQLITE_READONLY_ROLLBACK || extended == SQLITE_READONLY_RECOVERY)
    throw Error(file_.string(), "its sweep was killed while it wrote; nothing is lost",
                "run the sweep again with --resume, which mends it");
  if (code == SQLITE_FULL)
    throw Error(file_.string(), "the disk is full; what was committed before is safe",
                "make room, then run the same command with --resume");
  if (code == SQLITE_CANTOPEN && sqlite3_system_errno(handle()) != 0)
    throw Error(file_.string(), std::generic_category().message(sqlite3_system_errno(handle())));
  throw Error(file_.string(), sqlite3_errmsg(handle()));
}

void Database::run(const std::string &sql) {
  if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    fail();
}

void Database::wait_for_locks(int milliseconds) { sqlite3_busy_timeout(handle(), milliseconds); }

Statement::Statement(const Database &database, const std::string &sql) : database_(&database) {
  sqlite3_stmt *statement = nullptr;
  check(sqlite3_prepare_v2(database.handle(), sql.c_str(), -1, &statement, nullptr));
  statement_.reset(statement);
}

void Statement::check(int result) const {
  if (result != SQLITE_OK)
    database_->fail();
}

void Statement::bind(int parameter, double value) {
  check(sqlite3_bind_double(statement_.get(), parameter, value));
}
void Statement::bind(int parameter, std::int64_t value) {
  check(sqlite3_bind_int64(statement_.get(), parameter, value));
}
void Statement::bind(int parameter, std::string_view value) {
  check(sqlite3_bind_text(statement_.get(), parameter, value.data(), static_cast<int>(value.size()),
                          SQLITE_TRANSIENT));
}
void Statement::bind_null(int parameter) { check(sqlite3_bind_null(statement_.get(), parameter)); }

bool Statement::step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW)
    return true;
  if (result != SQLITE_DONE)
    database_->fail();
  sqlite3_reset(statement_.get());
  return false;
}

Statement::Kind Statement::kind(int column) const {
  switch (sqlite3_column_type(statement_.get(), column)) {
  case SQLITE_NULL:
    return Kind::none;
  case SQLITE_INTEGER:
    return Kind::integer;
  case SQLITE_FLOAT:
    return Kind::number;
  default:
    return Kind::text;
  }
}
std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}
double Statement::number(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}
std::string Statement::text(int column) const {
  const auto *text = sqlite3_column_text(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char *>(text), size);
}

std::optional<std::string> only_text(const Database &database, const std::string &sql) {
  Statement statement(database, sql);
  if (!statement.step() || statement.kind(0) == Statement::Kind::none)
    return std::nullopt;
  return statement.text(0);
}

std::string sql_name(std::string_view name) {
  std::string text = "\"";
  for (const char c : name)
    text.append(c == '"' ? 2 : 1, c);
  return text + "\"";
}

} // namespace fusesim::sweep
