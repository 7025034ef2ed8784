#include "stream/state_tables.hpp"

namespace gofuture {

bool StateTables::enter(std::uint32_t assignment) {
  if (assignment > assignment_) tables_.clear();
  if (assignment < assignment_) return false;
  assignment_ = assignment;
  return true;
}

std::set<std::int32_t> StateTables::missing(const std::set<std::int32_t>& partitions) const {
  std::set<std::int32_t> list;
  for (const std::int32_t partition : partitions)
    if (!tables_.contains(partition)) list.insert(partition);
  return list;
}

void StateTables::add(std::map<std::int32_t, Table> restored) { tables_.merge(restored); }

std::optional<std::string> StateTables::find(std::int32_t partition, const std::string& key) const {
  const auto table = tables_.find(partition);
  if (table == tables_.end()) return std::nullopt;
  const auto found = table->second.find(key);
  if (found == table->second.end()) return std::nullopt;
  return found->second;
}

void StateTables::put(std::int32_t partition, const std::string& key, std::optional<std::string> state) {
  const auto table = tables_.find(partition);
  if (table == tables_.end()) return;
  if (state) table->second.insert_or_assign(key, std::move(*state));
  else table->second.erase(key);
}

std::size_t StateTables::keys() const {
  std::size_t count = 0;
  for (const auto& [partition, table] : tables_) count += table.size();
  return count;
}

}  // namespace gofuture
