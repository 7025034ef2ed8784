// What tests do to a broker behind the runtime's back, through a client of their own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gofuture::test {

// From GOFUTURE_KAFKA; ends the program with a sentence when there is none.
std::string kafka_brokers();
// A name that no other run has used.
std::string unique_name(const std::string& prefix);

// The committed offset of a group, nothing when there is none.
std::optional<std::int64_t> committed_offset(const std::string& group, const std::string& topic,
                                             std::int32_t partition);
// The offset of the next record, open transactions included.
std::int64_t log_end(const std::string& topic, std::int32_t partition);
void delete_group(const std::string& group);
// What retention does: everything before `offset` is gone.
void delete_records_before(const std::string& topic, std::int32_t partition, std::int64_t offset);

struct ReadRecord {
  std::int32_t partition = 0;
  std::int64_t offset = 0, timestamp_ms = 0;
  std::optional<std::string> key = {}, value = {};
  std::vector<std::pair<std::string, std::optional<std::string>>> headers = {};
};
// Everything that is in the topic now, partition by partition.
std::vector<ReadRecord> read_all(const std::string& topic, std::int32_t partitions);

}  // namespace gofuture::test
