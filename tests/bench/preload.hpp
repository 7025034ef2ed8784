// What the benches read: a topic of its own, filled before anything is measured.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace gofuture::bench {

// A topic without a record of that name; one that exists is removed first. What is removed leaves the disk at once.
void make_topic(const std::string& topic, int partitions);
void remove_topic(const std::string& topic);

// `events` CloudEvents in binary mode, 7 headers and 300 B of data: {"key":"k<number>","n":<count>,"note":"xxx…"}.
void fill_topic(const std::string& topic, int events, const std::function<std::uint64_t(int)>& key_number);

// One event, acknowledged. Its id.
struct OneEvent {
  std::string topic, type, key, data;
};
std::string send_event(const OneEvent& event);

}  // namespace gofuture::bench
