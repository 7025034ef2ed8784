#include "kafka/assignment.hpp"

#include <algorithm>

namespace gofuture::kafka {

void Assignment::set(const Offsets& positions) {
  clear();
  for (const auto& [at, offset] : positions) {
    const auto topic = index_of(at.first);
    if (!topic || at.second < 0) continue;
    auto& list = shares_[*topic];
    if (list.size() <= static_cast<std::size_t>(at.second)) list.resize(at.second + 1);
    list[at.second] = {.ours = true, .next = offset, .done = offset};
    ++count_;
  }
}

void Assignment::clear() {
  for (auto& list : shares_) std::fill(list.begin(), list.end(), Share{});
  count_ = 0;
}

Share* Assignment::find(const TopicPartition& at) {
  if (at.topic >= shares_.size() || at.partition < 0) return nullptr;
  auto& list = shares_[at.topic];
  if (static_cast<std::size_t>(at.partition) >= list.size() || !list[at.partition].ours) return nullptr;
  return &list[at.partition];
}

std::optional<std::uint16_t> Assignment::index_of(std::string_view topic) const {
  const auto found = std::find(topics_.begin(), topics_.end(), topic);
  if (found == topics_.end()) return std::nullopt;
  return static_cast<std::uint16_t>(found - topics_.begin());
}

std::vector<TopicPartition> Assignment::all() {
  std::vector<TopicPartition> list;
  each([&](const TopicPartition& at, const Share&) { list.push_back(at); });
  return list;
}

std::vector<Position> Assignment::positions() {
  std::vector<Position> list;
  each([&](const TopicPartition& at, const Share& share) { list.push_back({at, share.next}); });
  return list;
}

}  // namespace gofuture::kafka
