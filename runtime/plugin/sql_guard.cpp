#include "plugin/sql_guard.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "plugin/text.hpp"

namespace gofuture {
namespace {

constexpr std::array<std::string_view, 8> kAllowed = {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES", "TABLE"};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (static_cast<unsigned char>(c) & 0x80U) != 0; }

// Walks a statement piece by piece, the way Postgres' lexer cuts it.
class Walk {
 public:
  explicit Walk(std::string_view text) : rest_(text) {}

  // Past white space and comments (block comments nest).
  void skip_blank() {
    for (;;) {
      while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front())) != 0) rest_.remove_prefix(1);
      if (rest_.starts_with("--")) {
        drop(rest_.find('\n'));
      } else if (rest_.starts_with("/*")) {
        skip_block_comment();
      } else {
        return;
      }
    }
  }

  bool done() const { return rest_.empty(); }
  char front() const { return rest_.front(); }
  void next() { rest_.remove_prefix(1); }

  std::string_view word() {
    std::size_t length = 0;
    while (length < rest_.size() && is_word(rest_[length])) ++length;
    const auto found = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return found;
  }

  // One token: a string, a quoted name, a word or a single character.
  void skip_token() {
    const char c = front();
    if (c == '\'' || c == '"') return skip_quoted(c, false);
    if (c == '$') return skip_dollar();
    if (!is_word(c)) return next();
    const std::string_view prefix = word();
    const bool escapes = prefix == "E" || prefix == "e";
    if (escapes && !done() && front() == '\'') skip_quoted('\'', true);
  }

 private:
  void drop(std::size_t count) { rest_.remove_prefix(std::min(count, rest_.size())); }

  void skip_block_comment() {
    int depth = 0;
    do {
      if (rest_.starts_with("/*")) ++depth, drop(2);
      else if (rest_.starts_with("*/")) --depth, drop(2);
      else drop(1);
    } while (depth > 0 && !rest_.empty());
  }

  void skip_quoted(char quote, bool escapes) {
    next();
    while (!rest_.empty()) {
      const char c = front();
      next();
      if (escapes && c == '\\') drop(1);
      else if (c == quote && !(rest_.starts_with(quote))) return;
      else if (c == quote) next();  // doubled: stands for itself
    }
  }

  void skip_dollar() {
    std::size_t length = 1;
    while (length < rest_.size() && is_word(rest_[length])) ++length;
    const bool parameter = length > 1 && std::isdigit(static_cast<unsigned char>(rest_[1])) != 0;
    if (parameter || length == rest_.size() || rest_[length] != '$') return drop(length);
    const std::string_view tag = rest_.substr(0, length + 1);
    drop(tag.size());
    const auto end = rest_.find(tag);
    drop(end == std::string_view::npos ? end : end + tag.size());
  }

  std::string_view rest_;
};

// In upper case, behind comments and opening brackets.
std::string first_keyword(Walk& walk) {
  walk.skip_blank();
  while (!walk.done() && walk.front() == '(') {
    walk.next();
    walk.skip_blank();
  }
  std::string keyword(walk.word());
  for (char& c : keyword) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return keyword;
}

}  // namespace

bool only_reads(std::string_view statement) {
  Walk walk(statement);
  const std::string keyword = first_keyword(walk);
  return keyword == "SELECT" || keyword == "VALUES" || keyword == "TABLE";
}

Result<Done> check_sql(std::string_view statement) {
  Walk walk(statement);
  const std::string keyword = first_keyword(walk);
  if (keyword.empty()) return Error("there is no SQL statement in \"" + printable(statement, 80) + "\"");
  if (std::find(kAllowed.begin(), kAllowed.end(), keyword) == kAllowed.end())
    return Error("a function may not run " + printable(keyword, 40) +
                 ": the runtime owns the transaction, the role and the session; SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES and WITH "
                 "are allowed");
  for (walk.skip_blank(); !walk.done(); walk.skip_blank()) {
    if (walk.front() != ';') {
      walk.skip_token();
      continue;
    }
    walk.next();
    walk.skip_blank();
    if (!walk.done()) return Error("one statement per call: send what follows the ';' in a call of its own");
  }
  return ok();
}

}  // namespace gofuture
