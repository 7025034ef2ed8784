#include "postgres/relay_columns.hpp"

#include <algorithm>

namespace gofuture {
namespace {

constexpr std::int64_t kPostgresEpochMs = 946'684'800'000;       // 2000-01-01
constexpr std::int64_t kLastMs = 253'402'300'799'999;            // 9999-12-31: what lies behind it is no time of an event

}  // namespace

Result<Done> ColumnPlaces::learn(const pgoutput::Relation& relation) {
  if (learned_ == relation.serial) return ok();
  place_.assign(names_.size(), 0);
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const auto column = std::find_if(relation.columns.begin(), relation.columns.end(),
                                     [&](const pgoutput::Column& one) { return one.name == names_[i]; });
    if (column == relation.columns.end())
      return Error("the publication sends a table " + relation.schema + "." + relation.name + " without a column \"" + names_[i] +
                   "\"; it must publish " + table_ + " with all its columns and nothing else");
    place_[i] = static_cast<int>(column - relation.columns.begin());
  }
  learned_ = relation.serial;
  return ok();
}

Result<Done> ColumnPlaces::check(const pgoutput::Row& row, int column, bool text) const {
  using Form = pgoutput::Cell::Form;
  const Form form = cell(row, column).form;
  if (form == Form::kBinary || (text && form == Form::kText)) return ok();
  return Error(std::string("a row of ") + table_ + " came with its column \"" + names_[static_cast<std::size_t>(column)] + "\" " +
               (form == Form::kNull ? "null" : "as text instead of binary"));
}

std::int64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(value);
}

std::int64_t unix_ms(std::string_view bytes) {
  const std::int64_t us = big_endian(bytes);
  const std::int64_t ms = us / 1000 - (us % 1000 < 0 ? 1 : 0) + kPostgresEpochMs;
  return ms < 0 || ms > kLastMs ? 0 : ms;
}

}  // namespace gofuture
