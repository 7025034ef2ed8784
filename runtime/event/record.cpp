#include "event/record.hpp"

#include <memory>

namespace gofuture {
namespace {

class OwnedHold : public RecordHold {
 public:
  explicit OwnedHold(OwnedRecord owned) : content(std::move(owned)) {}
  void headers(std::vector<Header>& into) const override {
    into.reserve(content.headers.size());
    for (const auto& [name, value] : content.headers)
      into.push_back({name, value ? std::optional<std::string_view>(*value) : std::nullopt});
  }
  OwnedRecord content;
};

}  // namespace

Record make_record(std::uint16_t topic, std::int32_t partition, std::int64_t offset, std::int64_t timestamp_ms,
                   OwnedRecord content) {
  auto hold = std::make_unique<OwnedHold>(std::move(content));
  Record record;
  record.topic = topic;
  record.partition = partition;
  record.offset = offset;
  record.timestamp_ms = timestamp_ms;
  if (hold->content.key) record.key = *hold->content.key;
  if (hold->content.value) record.value = *hold->content.value;
  record.hold = HoldPointer(hold.release());
  return record;
}

}  // namespace gofuture
