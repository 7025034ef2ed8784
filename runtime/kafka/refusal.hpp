// What a producer is told about one record, as people need it.
#pragma once

#include <string>

#include "kafka/holders.hpp"

namespace gofuture::kafka {

// The record itself is the reason: it is too large, or no record at all.
bool is_about_the_record(rd_kafka_resp_err_t error);
// Sending it again can only fail again: for the record's sake, or because its topic is not there for us.
bool is_hopeless(rd_kafka_resp_err_t error);
std::string refusal_sentence(rd_kafka_resp_err_t error, const std::string& topic, std::size_t bytes);

}  // namespace gofuture::kafka
