#include "database.hpp"

#include <libpq-fe.h>

#include <memory>

namespace city {
namespace {
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

std::string words(const char* text) {
  std::string out = text == nullptr ? "" : text;
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}
}  // namespace

Database::Database(std::string settings) : settings_(std::move(settings)) {
  if (settings_.empty()) throw Trouble("no Postgres is named: set GOFUTURE_POSTGRES (eval \"$(deploy/stack/stack env)\")");
  connect();
}

Database::~Database() { PQfinish(connection_); }

void Database::connect() {
  PQfinish(connection_);
  prepared_.clear();
  connection_ = PQconnectdb((settings_ + " application_name=city connect_timeout=5").c_str());
  if (PQstatus(connection_) != CONNECTION_OK) {
    throw Away("Postgres does not answer: " + words(PQerrorMessage(connection_)) + "; is the stack up? deploy/stack/stack status");
  }
  const Result quiet(PQexec(connection_, "SET client_min_messages = warning; SET TimeZone = 'UTC'"), &PQclear);
}

// Whether a statement was done whose answer the connection took with it, nobody knows: who wrote something must ask.
void Database::refuse(const std::string& what, const std::string& why) const {
  if (PQstatus(connection_) != CONNECTION_OK) throw Away("Postgres went away during " + what + ": " + why);
  throw Trouble("Postgres refused " + what + ": " + why);
}

const std::string& Database::prepared(const std::string& sql) {
  const auto found = prepared_.find(sql);
  if (found != prepared_.end()) return found->second;
  const std::string name = "city_" + std::to_string(prepared_.size());
  const Result result(PQprepare(connection_, name.c_str(), sql.c_str(), 0, nullptr), &PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) refuse("\"" + sql.substr(0, 120) + "\"", words(PQresultErrorMessage(result.get())));
  return prepared_.emplace(sql, name).first->second;
}

std::vector<Database::Row> Database::ask(const std::string& sql, const std::vector<std::string>& parameters) {
  if (PQstatus(connection_) != CONNECTION_OK) connect();
  std::vector<const char*> values;
  for (const auto& parameter : parameters) values.push_back(parameter.c_str());
  const int count = static_cast<int>(values.size());
  const Result result(count == 0 ? PQexecParams(connection_, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0)
                                 : PQexecPrepared(connection_, prepared(sql).c_str(), count, values.data(), nullptr, nullptr, 0),
                      &PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) refuse("\"" + sql.substr(0, 120) + "\"", words(PQresultErrorMessage(result.get())));
  std::vector<Row> rows(static_cast<std::size_t>(PQntuples(result.get())));
  const int columns = PQnfields(result.get());
  for (int row = 0; row < static_cast<int>(rows.size()); ++row) {
    auto& cells = rows[static_cast<std::size_t>(row)];
    cells.reserve(static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column) {
      cells.emplace_back(PQgetvalue(result.get(), row, column), static_cast<std::size_t>(PQgetlength(result.get(), row, column)));
    }
  }
  return rows;
}

void Database::script(const std::string& sql) {
  if (PQstatus(connection_) != CONNECTION_OK) connect();
  const Result result(PQexec(connection_, sql.c_str()), &PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) refuse("a script of the city", words(PQresultErrorMessage(result.get())));
}

std::string array_of(const std::vector<std::string>& values) {
  std::string out = "{";
  for (const auto& value : values) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + "}";
}

}  // namespace city
