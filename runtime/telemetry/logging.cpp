#include "telemetry/logging.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <thread>

#include "event/envelope.hpp"

namespace gofuture::log {
namespace {

constexpr std::size_t kQueueLines = 8'192;

struct Logger {
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> lines;
  bool pretty = false;
};

Logger& logger() {
  static Logger it;
  return it;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kDebug: return spdlog::level::debug;
    case Level::kInfo: return spdlog::level::info;
    case Level::kWarn: return spdlog::level::warn;
    case Level::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

const char* name_of(Level level) {
  switch (level) {
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarn: return "warn";
    case Level::kError: return "error";
  }
  return "info";
}

// Length of the well-formed UTF-8 sequence at `at`, 0 when there is none.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(at);
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF && follows(at + 1)) return 2;
  if (first >= 0xE0 && first <= 0xEF && follows(at + 1) && follows(at + 2)) {
    const unsigned second = byte(at + 1);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4 && follows(at + 1) && follows(at + 2) && follows(at + 3)) {
    const unsigned second = byte(at + 1);
    if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
    return 4;
  }
  return 0;
}

void append_quoted(std::string& out, std::string_view text, std::size_t bytes_max) {
  out.push_back('"');
  std::size_t at = 0;
  while (at < text.size()) {
    if (at >= bytes_max) {
      out += "…";
      break;
    }
    const auto c = static_cast<unsigned char>(text[at]);
    const std::size_t length = utf8_length(text, at);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++at;
    } else if (length > 1) {
      out.append(text.substr(at, length));
      at += length;
    } else {
      switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default:
          if (c < 0x20 || c == 0x7f) {
            constexpr char kHex[] = "0123456789abcdef";
            out += "\\u00";
            out.push_back(kHex[c >> 4]);
            out.push_back(kHex[c & 15]);
          } else {
            out.push_back(static_cast<char>(c));
          }
      }
      ++at;
    }
  }
  out.push_back('"');
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::string quoted(std::string_view text, std::size_t bytes_max) {
  std::string out;
  append_quoted(out, text, bytes_max);
  return out;
}

Result<Done> start(const std::string& level, bool pretty) {
  const auto parsed = spdlog::level::from_str(level);
  if (parsed == spdlog::level::off && level != "off")
    return Error("log level \"" + level + "\" is unknown; use debug, info, warn or error");
  Logger& it = logger();
  it.pretty = pretty;
  it.pool = std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1);
  it.lines = std::make_shared<spdlog::async_logger>("gofuture", std::make_shared<spdlog::sinks::stderr_sink_mt>(), it.pool,
                                                    spdlog::async_overflow_policy::overrun_oldest);
  it.lines->set_pattern("%v");
  it.lines->set_level(parsed);
  it.lines->flush_on(spdlog::level::warn);
  return ok();
}

void flush() {
  Logger& it = logger();
  if (!it.lines) return;
  it.lines->flush();
  it.pool.reset();  // joins: everything queued is written, and nobody else has the logger
  it.lines.reset();
}

void settle(std::int64_t at_most_ms) {
  Logger& it = logger();
  if (!it.lines) return;
  // The one thread of the pool has written every line when it takes the second of these.
  it.lines->flush();
  it.lines->flush();
  for (const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(at_most_ms);
       it.pool->queue_size() > 0 && std::chrono::steady_clock::now() < until;)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

std::uint64_t dropped() { return logger().pool ? logger().pool->overrun_counter() : 0; }

bool enabled(Level level) { return logger().lines && logger().lines->should_log(to_spdlog(level)); }

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  write(level, message, fields.begin(), fields.size());
}

void write(Level level, std::string_view message, const Field* fields, std::size_t count) {
  if (!enabled(level)) return;
  std::string line;
  line.reserve(256);
  const std::string time = format_time_ms(now_ms());
  const bool pretty = logger().pretty;
  if (pretty) {
    line.append(time, 11, 8).append(level == Level::kError ? " ERROR " : level == Level::kWarn ? " WARN  " : "       ");
    line.append(message);
  } else {
    line.append("{\"time\":\"").append(time).append("\",\"level\":\"").append(name_of(level)).append("\",\"message\":");
    append_quoted(line, message, 2'000);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [name, value] = fields[i];
    if (const auto* text = std::get_if<std::string_view>(&value); text != nullptr && text->empty()) continue;
    line.append(pretty ? "  " : ",\"").append(name).append(pretty ? "=" : "\":");
    if (const auto* text = std::get_if<std::string_view>(&value)) {
      append_quoted(line, *text, 500);
    } else {
      line.append(std::to_string(std::get<std::int64_t>(value)));
    }
  }
  if (!pretty) line.push_back('}');
  logger().lines->log(to_spdlog(level), line);
}

}  // namespace gofuture::log
