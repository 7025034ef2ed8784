// StateTables: the state of every key of a function in `kafka` mode, in memory, partition by partition. It holds what is committed
// and nothing else: what a batch changes stays in the batch until its transaction has been committed.
//
// Tables belong to an assignment: in a newer one other members may have written meanwhile, so all are read anew from the
// changelog. One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gofuture {

class StateTables {
 public:
  using Table = std::unordered_map<std::string, std::string>;

  // Forgets everything when this assignment is newer. False: it is older than what is kept, so nothing of it counts any more.
  bool enter(std::uint32_t assignment);
  std::uint32_t assignment() const { return assignment_; }
  // Of these the ones that are not here yet.
  std::set<std::int32_t> missing(const std::set<std::int32_t>& partitions) const;
  void add(std::map<std::int32_t, Table> restored);

  std::optional<std::string> find(std::int32_t partition, const std::string& key) const;
  // A partition that is not here is passed over.
  void put(std::int32_t partition, const std::string& key, std::optional<std::string> state);
  std::size_t keys() const;

 private:
  std::uint32_t assignment_ = 0;
  std::map<std::int32_t, Table> tables_;
};

}  // namespace gofuture
