// A librdkafka message as a Record sees it: views into its bytes, nothing copied.
#pragma once

#include <vector>

#include "event/record.hpp"
#include "kafka/holders.hpp"

namespace gofuture::kafka {

// Everything but the topic and the hold, which are the caller's.
Record view_of(const rd_kafka_message_t& message);
// Nothing where `list` is null: headers that librdkafka cannot parse are none. The envelope then says what is missing, and the record is
// corrupted.
void list_headers(const rd_kafka_headers_t* list, std::vector<Header>& into);

}  // namespace gofuture::kafka
