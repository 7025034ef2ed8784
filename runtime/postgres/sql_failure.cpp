#include "postgres/sql_failure.hpp"

namespace gofuture {

std::string SqlFailure::sentence() const {
  std::string text = message.empty() ? "Postgres closed the connection without a word" : message;
  if (state.empty()) return text;
  text += " (SQLSTATE " + state;
  if (!table.empty()) text += ", table " + (schema.empty() ? table : schema + "." + table);
  if (!constraint.empty()) text += ", constraint " + constraint;
  return text + ")";
}

Error SqlFailure::error() const { return Error(sentence()); }

Trouble trouble_of(const SqlFailure& failure) {
  if (failure.lost || failure.in_class("08") || failure.in_class("53")) return Trouble::kTransient;
  if (failure.in_class("40")) return Trouble::kTransient;                                      // 40001, 40P01
  if (failure.state == "55P03" || failure.state.starts_with("57P0")) return Trouble::kTransient;
  if (failure.state == "57014" || failure.state == "25P03") return Trouble::kTransient;        // cancelled, idle too long
  if (failure.in_class("22") || failure.in_class("23") || failure.in_class("54")) return Trouble::kData;
  return Trouble::kUnknown;
}

}  // namespace gofuture
