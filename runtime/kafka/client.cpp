#include "kafka/client.hpp"

#include <chrono>

namespace gofuture::kafka {
namespace {

constexpr std::int64_t kRepeatAfterMs = 10'000;

}  // namespace

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void Voice::trouble(const std::string& topic, const std::string& sentence) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(troubles_[topic], true)) return;
  }
  say(Level::kError, sentence);
}

void Voice::recovered(const std::string& topic, const std::string& sentence) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = troubles_.find(topic);
    if (found == troubles_.end() || !std::exchange(found->second, false)) return;
  }
  say(Level::kInfo, sentence);
}

void Voice::library_line(int severity, const char* facility, const char* text) {
  constexpr int kWarning = 4, kDebug = 7;  // syslog's numbers
  // A broker that has just started has its coordinators still load; that it takes a moment is no news.
  if (std::string_view(facility) == "GETPID" && std::string_view(text).ends_with("retrying")) severity = kDebug;
  std::string held_back;
  {
    const std::lock_guard lock(mutex_);
    auto& spoken = lines_[facility];
    const auto now = steady_ms();
    if (spoken.at_ms != 0 && now - spoken.at_ms < kRepeatAfterMs) {
      ++spoken.held_back;
      return;
    }
    if (spoken.held_back > 0) held_back = " (and " + std::to_string(spoken.held_back) + " lines like it before)";
    spoken = {now, 0};
  }
  say(severity <= kWarning ? Level::kWarn : Level::kDebug,
      std::string("librdkafka ") + facility + ": " + text + held_back);
}

void Voice::library_error(rd_kafka_resp_err_t error, const char* reason) {
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    trouble("brokers", std::string("no Kafka broker answers (") + reason +
                           "); waiting for one, nothing is lost meanwhile. Check kafka_brokers (GOFUTURE_KAFKA) and "
                           "the brokers themselves");
    return;
  }
  // Single connections come and go; librdkafka reconnects by itself and tells when none is left.
  if (error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__RESOLVE ||
      error == RD_KAFKA_RESP_ERR__TIMED_OUT) {
    library_line(7, rd_kafka_err2name(error), reason);
    return;
  }
  library_line(4, rd_kafka_err2name(error), reason);
}

Properties fetching(const std::string& queued_kbytes) {
  return {{"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"},
          {"auto.offset.reset", "error"},
          {"isolation.level", "read_committed"},
          {"fetch.min.bytes", "65536"},
          {"fetch.wait.max.ms", "50"},
          {"fetch.max.bytes", "2097152"},
          {"message.max.bytes", "2097152"},
          {"max.partition.fetch.bytes", "1048576"},
          {"queued.max.messages.kbytes", queued_kbytes},
          {"queued.min.messages", "10000000"},  // the bytes decide
          {"fetch.error.backoff.ms", "100"}};
}

Result<Conf> make_conf(const std::string& brokers, const Properties& ours,
                       const std::map<std::string, std::string>& theirs, void* opaque) {
  Conf conf(rd_kafka_conf_new());
  char why[512] = "";
  const auto set = [&](const std::string& name, const std::string& value) {
    return rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why, sizeof why) == RD_KAFKA_CONF_OK;
  };
  if (brokers.empty())
    return Error("no Kafka broker is named: set kafka_brokers in gofuture.toml or GOFUTURE_KAFKA in the environment");
  // TCP_NODELAY is off by default before librdkafka 2.10: every small request would wait for the kernel.
  const Properties common = {{"bootstrap.servers", brokers},      {"socket.nagle.disable", "true"},
                             {"log.connection.close", "false"},   {"statistics.interval.ms", "0"},
                             {"reconnect.backoff.ms", "50"},      {"reconnect.backoff.max.ms", "2000"},
                             {"socket.keepalive.enable", "true"}, {"topic.metadata.refresh.interval.ms", "60000"}};
  for (const auto* list : {&common, &ours})
    for (const auto& [name, value] : *list)
      if (!set(name, value)) return Error("librdkafka refuses " + name + ": " + why);
  for (const auto& [name, value] : theirs)  // the value may be a secret: it is never part of a sentence
    if (!set(name, value))
      return Error("the Kafka property \"" + name + "\" is refused by librdkafka: check its name and value");
  rd_kafka_conf_set_opaque(conf.get(), opaque);
  return conf;
}

void speak_through_opaque(rd_kafka_conf_t* conf) {
  rd_kafka_conf_set_error_cb(conf, [](rd_kafka_t*, int error, const char* reason, void* opaque) {
    if (error != RD_KAFKA_RESP_ERR__FATAL) static_cast<Voice*>(opaque)->library_error(static_cast<rd_kafka_resp_err_t>(error), reason);
  });
  rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t* handle, int severity, const char* facility, const char* text) {
    static_cast<Voice*>(rd_kafka_opaque(handle))->library_line(severity, facility, text);
  });
}

Result<Consumer> make_consumer(const std::string& brokers, const Properties& ours, const std::map<std::string, std::string>& theirs,
                               Voice& voice, const std::string& what) {
  auto conf = make_conf(brokers, ours, theirs, &voice);
  if (!conf) return conf.error();
  speak_through_opaque(conf->get());
  char why[512] = "";
  Consumer made(rd_kafka_new(RD_KAFKA_CONSUMER, conf->get(), why, sizeof why));
  if (!made) return Error(what + " could not be made: " + why);
  conf->release();
  return made;
}

}  // namespace gofuture::kafka
