#include "kafka/membership.hpp"

#include <cstring>
#include <string_view>

namespace gofuture::kafka {
namespace {

// librdkafka has no way to ask for the generation but its own serialized form: "CGMDv2:", the generation, names.
bool has_generation(const rd_kafka_consumer_group_metadata_t* metadata) {
  void* bytes = nullptr;
  std::size_t size = 0;
  const RdError error(rd_kafka_consumer_group_metadata_write(metadata, &bytes, &size));
  if (error) return false;
  constexpr std::string_view kForm = "CGMDv2:";
  std::int32_t generation = -1;
  const bool known = size >= kForm.size() + sizeof generation && std::memcmp(bytes, kForm.data(), kForm.size()) == 0;
  if (known) std::memcpy(&generation, static_cast<const char*>(bytes) + kForm.size(), sizeof generation);
  rd_kafka_mem_free(nullptr, bytes);
  return generation >= 0;
}

}  // namespace

// A coordinator takes positions without a member or a generation from anybody (KIP-447 keeps old clients alive): they must never
// be sent.
MembershipPtr Membership::of(rd_kafka_t* consumer) {
  char* id = rd_kafka_memberid(consumer);
  const bool member = id != nullptr && *id != '\0';
  if (id != nullptr) rd_kafka_mem_free(consumer, id);
  if (!member) return nullptr;
  Metadata metadata(rd_kafka_consumer_group_metadata(consumer));
  if (!metadata || !has_generation(metadata.get())) return nullptr;
  return MembershipPtr(new Membership(std::move(metadata)));
}

}  // namespace gofuture::kafka
