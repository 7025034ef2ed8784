// The city's own thin door to Postgres (libpq). One connection, one thread. A lost connection throws Away and is opened again at
// the next call; a statement that failed throws Trouble with the server's own words.
//
//   Database db(settings);
//   for (const auto& row : db.ask("SELECT id, name FROM t WHERE n > $1", {"3"})) use(row[0]);
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;

namespace city {

// Something outside of the city does not work: what, where, what to do. Ends the command with exit status 2.
struct Trouble : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Postgres does not answer, for a while perhaps: whoever can, tries again.
struct Away : Trouble {
  using Trouble::Trouble;
};

class Database {
 public:
  using Row = std::vector<std::string>;  // SQL null reads as ""
  explicit Database(std::string settings);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // A statement with parameters is prepared once for each connection: planning it can cost more than it does.
  std::vector<Row> ask(const std::string& sql, const std::vector<std::string>& parameters = {});
  void script(const std::string& sql);  // several statements, no parameters

 private:
  void connect();
  const std::string& prepared(const std::string& sql);  // its name
  [[noreturn]] void refuse(const std::string& what, const std::string& why) const;
  std::string settings_;
  pg_conn* connection_ = nullptr;
  std::map<std::string, std::string> prepared_;  // names by text
};

// {"a","b"} for unnest($1::text[]).
std::string array_of(const std::vector<std::string>& values);

}  // namespace city
