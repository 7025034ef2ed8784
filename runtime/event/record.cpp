#include "event/record.hpp"

#include <cstring>
#include <memory>

namespace gofuture {
namespace {

// All the bytes of a record in one block: a waiting event costs two allocations, however many headers it has.
class PackedHold : public RecordHold {
 public:
  PackedHold(const Record& from, const std::vector<Header>& headers) {
    std::size_t size = (from.key ? from.key->size() : 0) + (from.value ? from.value->size() : 0);
    for (const Header& header : headers) size += header.name.size() + (header.value ? header.value->size() : 0);
    bytes_ = std::make_unique_for_overwrite<char[]>(size);
    end_ = bytes_.get();
    key = keep(from.key);
    value = keep(from.value);
    headers_.reserve(headers.size());
    for (const Header& header : headers) headers_.push_back({*keep(header.name), keep(header.value)});
  }
  void headers(std::vector<Header>& into) const override { into.insert(into.end(), headers_.begin(), headers_.end()); }

  std::optional<std::string_view> key, value;

 private:
  std::optional<std::string_view> keep(std::optional<std::string_view> text) {
    if (!text) return std::nullopt;
    if (!text->empty()) std::memcpy(end_, text->data(), text->size());
    const std::string_view kept(end_, text->size());
    end_ += text->size();
    return kept;
  }
  std::unique_ptr<char[]> bytes_;
  char* end_ = nullptr;
  std::vector<Header> headers_;
};

}  // namespace

Record copy_of(const Record& record, const std::vector<Header>& headers) {
  auto hold = std::make_unique<PackedHold>(record, headers);
  Record copy;
  copy.topic = record.topic;
  copy.partition = record.partition;
  copy.offset = record.offset;
  copy.timestamp_ms = record.timestamp_ms;
  copy.key = hold->key;
  copy.value = hold->value;
  copy.hold = HoldPointer(hold.release());
  return copy;
}

Record make_record(std::uint16_t topic, std::int32_t partition, std::int64_t offset, std::int64_t timestamp_ms,
                   const OwnedRecord& content) {
  Record record;
  record.topic = topic;
  record.partition = partition;
  record.offset = offset;
  record.timestamp_ms = timestamp_ms;
  record.key = content.key;
  record.value = content.value;
  std::vector<Header> headers;
  headers.reserve(content.headers.size());
  for (const auto& [name, value] : content.headers) headers.push_back({name, value});
  return copy_of(record, headers);
}

}  // namespace gofuture
