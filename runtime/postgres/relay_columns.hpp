// ColumnPlaces: where the columns that a reader wants stand in the rows of one relation. Pure; learned once per relation, because
// the publisher may send columns in any order and may have more of them.
//
//   ColumnPlaces places("gofuture.dead_letters", names);
//   if (auto found = places.learn(*row.relation); !found) return found.error();
//   const pgoutput::Cell& cell = places.cell(row, kTopic);
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "postgres/pgoutput.hpp"

namespace gofuture {

class ColumnPlaces {
 public:
  ColumnPlaces(const char* table, std::span<const char* const> names) : table_(table), names_(names) {}

  Result<Done> learn(const pgoutput::Relation& relation);
  const pgoutput::Cell& cell(const pgoutput::Row& row, int column) const {
    return row.cells[static_cast<std::size_t>(place_[static_cast<std::size_t>(column)])];
  }
  // The cell holds bytes as the binary format has them; of a text column either form does.
  Result<Done> check(const pgoutput::Row& row, int column, bool text) const;

 private:
  const char* table_;
  std::span<const char* const> names_;
  std::uint64_t learned_ = ~std::uint64_t{0};  // serial of the relation
  std::vector<int> place_;
};

std::int64_t big_endian(std::string_view bytes);
// Milliseconds since 1970 of a binary timestamp; 0 (which a record takes as "now") for infinity and the like.
std::int64_t unix_ms(std::string_view bytes);

}  // namespace gofuture
