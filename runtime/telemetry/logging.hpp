// Log lines: one JSON object a line on standard error, written by a thread of spdlog's so that nobody waits for a terminal.
//
//   {"time":"2026-11-22T12:00:01.204Z","level":"warn","function":"capture_payment","message":"attempt 1 ended with retry: …",
//    "event_id":"…","correlation_id":"b-7","topic":"payments.status","partition":3,"offset":812,"attempt":1}
//
// Every text is escaped; what comes from events is cut at 500 bytes. Lifecycle: start() once in main, flush() before exit.
// A full queue drops the oldest lines and counts them (gofuture_log_dropped_total): logging never stops the work.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/result.hpp"
#include "pipeline/io.hpp"

namespace gofuture::log {

using Value = std::variant<std::string_view, std::int64_t>;
using Field = std::pair<std::string_view, Value>;
using Level = Probe::Level;

// level: "debug", "info", "warn", "error". pretty: "12:00:01 WARN message  key=value" for a terminal instead of JSON.
Result<Done> start(const std::string& level, bool pretty);
void flush();
// Waits until what was logged so far is written, at most `at_most_ms`. For an end without flush(), while threads may still log.
void settle(std::int64_t at_most_ms);
std::uint64_t dropped();

void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});
void write(Level level, std::string_view message, const Field* fields, std::size_t count);
bool enabled(Level level);

// The text as a JSON string, quotes included; bytes that are no UTF-8 become U+FFFD. Exposed for its test.
std::string quoted(std::string_view text, std::size_t bytes_max = 2'000);

}  // namespace gofuture::log
