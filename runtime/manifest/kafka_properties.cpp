#include "manifest/kafka_properties.hpp"

#include <array>
#include <cstdlib>

#include "manifest/files.hpp"
#include "manifest/nearest.hpp"
#include "manifest/section.hpp"

namespace gofuture {
namespace {

using enum PropertyScope;

constexpr std::array kAllowed{
    AllowedProperty{"security.protocol", kProcess, false, "plaintext, ssl, sasl_plaintext or sasl_ssl"},
    AllowedProperty{"sasl.mechanism", kProcess, false, "how to authenticate"},
    AllowedProperty{"sasl.mechanisms", kProcess, false, "the same, by its older name"},
    AllowedProperty{"sasl.username", kProcess, false, "who we are"},
    AllowedProperty{"sasl.password", kProcess, true, "the password"},
    AllowedProperty{"sasl.kerberos.service.name", kProcess, false, "Kerberos"},
    AllowedProperty{"sasl.kerberos.principal", kProcess, false, "Kerberos"},
    AllowedProperty{"sasl.kerberos.keytab", kProcess, false, "Kerberos"},
    AllowedProperty{"ssl.ca.location", kProcess, false, "whom we believe"},
    AllowedProperty{"ssl.crl.location", kProcess, false, "whom we no longer believe"},
    AllowedProperty{"ssl.certificate.location", kProcess, false, "our certificate"},
    AllowedProperty{"ssl.key.location", kProcess, false, "its key, a file"},
    AllowedProperty{"ssl.key.pem", kProcess, true, "its key, as text"},
    AllowedProperty{"ssl.key.password", kProcess, true, "the key's password"},
    AllowedProperty{"ssl.keystore.location", kProcess, false, "PKCS#12"},
    AllowedProperty{"ssl.keystore.password", kProcess, true, "PKCS#12"},
    AllowedProperty{"ssl.endpoint.identification.algorithm", kProcess, false, "https checks the broker's name"},
    AllowedProperty{"ssl.cipher.suites", kProcess, false, "narrower TLS"},
    AllowedProperty{"ssl.curves.list", kProcess, false, "narrower TLS"},
    AllowedProperty{"ssl.sigalgs.list", kProcess, false, "narrower TLS"},
    AllowedProperty{"client.rack", kProcess, false, "reads from the nearest replica"},
    AllowedProperty{"client.dns.lookup", kProcess, false, "how broker names resolve"},
    AllowedProperty{"broker.address.family", kProcess, false, "any, v4 or v6"},
    AllowedProperty{"broker.address.ttl", kProcess, false, "how long addresses are kept"},
    AllowedProperty{"socket.timeout.ms", kProcess, false, "of a request"},
    AllowedProperty{"socket.connection.setup.timeout.ms", kProcess, false, "of a connection attempt"},
    AllowedProperty{"socket.send.buffer.bytes", kProcess, false, "of the system's socket"},
    AllowedProperty{"socket.receive.buffer.bytes", kProcess, false, "of the system's socket"},
    AllowedProperty{"socket.keepalive.enable", kProcess, false, "notices dead peers behind firewalls"},
    AllowedProperty{"connections.max.idle.ms", kProcess, false, "closes idle connections"},
    AllowedProperty{"reconnect.backoff.ms", kProcess, false, "first pause before reconnecting"},
    AllowedProperty{"reconnect.backoff.max.ms", kProcess, false, "longest pause before reconnecting"},
    AllowedProperty{"metadata.max.age.ms", kProcess, false, "how old the picture of the cluster may be"},
    AllowedProperty{"topic.metadata.refresh.interval.ms", kProcess, false, "how soon new partitions are seen"},
    AllowedProperty{"linger.ms", kProcess, false, "producer: waits for fuller batches"},
    AllowedProperty{"batch.size", kProcess, false, "producer: bytes of a batch"},
    AllowedProperty{"batch.num.messages", kProcess, false, "producer: records of a batch"},
    AllowedProperty{"compression.type", kProcess, false, "producer"},
    AllowedProperty{"compression.codec", kProcess, false, "the same, by its older name"},
    AllowedProperty{"compression.level", kProcess, false, "producer"},
    AllowedProperty{"queue.buffering.max.messages", kProcess, false, "producer: bound of its queue"},
    AllowedProperty{"queue.buffering.max.kbytes", kProcess, false, "producer: bound of its queue"},
    AllowedProperty{"message.max.bytes", kProcess, false, "producer: largest record, as the brokers allow"},
    AllowedProperty{"session.timeout.ms", kAnywhere, false, "how soon a dead replica's partitions move"},
    AllowedProperty{"heartbeat.interval.ms", kAnywhere, false, "a third of the session or less"},
    AllowedProperty{"max.poll.interval.ms", kAnywhere, false, "librdkafka's own watchdog"},
    AllowedProperty{"fetch.min.bytes", kAnywhere, false, "waits for fuller fetches"},
    AllowedProperty{"fetch.wait.max.ms", kAnywhere, false, "but so long only"},
    AllowedProperty{"fetch.max.bytes", kAnywhere, false, "of one fetch"},
    AllowedProperty{"fetch.message.max.bytes", kAnywhere, false, "of one fetch and partition"},
    AllowedProperty{"max.partition.fetch.bytes", kAnywhere, false, "the same, by its other name"},
    AllowedProperty{"fetch.error.backoff.ms", kAnywhere, false, "pause after a failed fetch"},
    AllowedProperty{"queued.min.messages", kAnywhere, false, "how far it reads ahead"},
    AllowedProperty{"queued.max.messages.kbytes", kAnywhere, false, "memory of reading ahead"},
    AllowedProperty{"check.crcs", kAnywhere, false, "checks records against damage on the way"},
};

constexpr std::array kRefused{
    RefusedProperty{"plugin.library.paths", "it loads code into this process"},
    RefusedProperty{"interceptors", "it loads code into this process"},
    RefusedProperty{"ssl.engine.*", "it loads code into this process"},
    RefusedProperty{"ssl.providers", "it loads code into this process"},
    RefusedProperty{"ssl_engine_callback_data", "it is a pointer, not text"},
    RefusedProperty{"sasl.kerberos.kinit.cmd", "it runs a command in a shell"},
    RefusedProperty{"sasl.kerberos.min.time.before.relogin", "it goes with kinit.cmd, which runs a command in a shell"},
    RefusedProperty{"enable.sasl.oauthbearer.unsecure.jwt", "it accepts tokens that nobody signed"},
    RefusedProperty{"sasl.oauthbearer.*", "it makes this process call a URL, or read a file, out of a configuration"},
    RefusedProperty{"enable.ssl.certificate.verification", "turning it off lets anybody be the broker"},
    RefusedProperty{"*_cb", "it is a pointer, not text"},
    RefusedProperty{"opaque", "it is a pointer, not text"},
    RefusedProperty{"default_topic_conf", "it is a pointer, not text"},
    RefusedProperty{"enabled_events", "the runtime decides which events it handles"},
    RefusedProperty{"log*", "logging is the runtime's; see [runtime] log_level"},
    RefusedProperty{"debug", "it writes what passes, secrets included, past our log"},
    RefusedProperty{"bootstrap.servers", "it is [kafka] brokers in gofuture.toml, or GOFUTURE_KAFKA"},
    RefusedProperty{"metadata.broker.list", "it is [kafka] brokers in gofuture.toml, or GOFUTURE_KAFKA"},
    RefusedProperty{"group.id", "it follows from the function's name and [runtime] group_prefix"},
    RefusedProperty{"group.instance.id", "it follows from [runtime] instance"},
    RefusedProperty{"group.protocol*", "assignment is the runtime's"},
    RefusedProperty{"client.id", "it follows from [runtime] instance"},
    RefusedProperty{"enable.auto.commit", "an offset is committed when its event is done, and not before"},
    RefusedProperty{"enable.auto.offset.store", "an offset is committed when its event is done, and not before"},
    RefusedProperty{"auto.commit.*", "an offset is committed when its event is done, and not before"},
    RefusedProperty{"offset.store.*", "an offset is committed when its event is done, and not before"},
    RefusedProperty{"auto.offset.reset", "where reading begins is `start` of a [[subscribe]]"},
    RefusedProperty{"partition.assignment.strategy", "co-partitioning needs range"},
    RefusedProperty{"partitioner", "all producers must agree on murmur2, or one key lands on two partitions"},
    RefusedProperty{"isolation.level", "it is read_committed: an aborted event must not be seen"},
    RefusedProperty{"enable.idempotence", "it is on: without it retries repeat and reorder"},
    RefusedProperty{"transactional.id", "transactions are the runtime's"},
    RefusedProperty{"transaction.timeout.ms", "transactions are the runtime's"},
    RefusedProperty{"acks", "it is all: an acknowledged event must not be lost"},
    RefusedProperty{"request.required.acks", "it is all: an acknowledged event must not be lost"},
    RefusedProperty{"request.timeout.ms", "the runtime's deadlines depend on it"},
    RefusedProperty{"max.in.flight*", "order depends on it"},
    RefusedProperty{"retries", "order depends on it"},
    RefusedProperty{"message.send.max.retries", "order depends on it"},
    RefusedProperty{"retry.backoff.ms", "the runtime's deadlines depend on it"},
    RefusedProperty{"message.timeout.ms", "the runtime's deadlines depend on it"},
    RefusedProperty{"delivery.timeout.ms", "the runtime's deadlines depend on it"},
    RefusedProperty{"enable.gapless.guarantee", "order is the runtime's"},
    RefusedProperty{"enable.partition.eof", "the runtime needs it its own way"},
    RefusedProperty{"allow.auto.create.topics", "topics come from the catalogue: `gofuture topics apply`"},
    RefusedProperty{"statistics.interval.ms", "metrics are the runtime's"},
    RefusedProperty{"socket.nagle.disable", "it is always on, or every answer waits"},
    RefusedProperty{"consume.callback.*", "the runtime polls"},
    RefusedProperty{"test.mock.*", "it replaces the brokers by a toy"},
    RefusedProperty{"api.version.*", "brokers that old are not supported"},
    RefusedProperty{"broker.version.fallback", "brokers that old are not supported"},
    RefusedProperty{"topic.blacklist", "topics come from the manifests"},
    RefusedProperty{"builtin.features", "it is a list to read, not to set"},
};

constexpr std::size_t kSecretBytesMax = 64 * 1024;

bool matches(std::string_view name, std::string_view pattern) {
  if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  if (pattern.starts_with('*')) return name.ends_with(pattern.substr(1));
  return name == pattern;
}

class Properties {
 public:
  Properties(PropertyScope scope, const Report& report) : scope_(scope), report_(report) {}

  void read(const Value& table) { read(table, "", {}); }
  std::map<std::string, std::string> take() { return std::move(found_); }

 private:
  // `a.b.c = 1` is a table in a table: the name is put together again, and so is the place of it.
  void read(const Value& table, const std::string& prefix, const Place& begun) {
    for (const auto& member : table.members) {
      const std::string name = prefix + member.name;
      Place at = member.at;
      if (begun.line == at.line) {
        at.width += at.column - begun.column;
        at.column = begun.column;
      }
      if (member.value.kind == Value::Kind::kTable) read(member.value, name + ".", at);
      else read_one(name, at, member.value);
    }
  }

  void read_one(const std::string& name, const Place& at, const Value& value) {
    for (const RefusedProperty& refused : kRefused)
      if (matches(name, refused.name))
        return report_.add_hidden(at, "the Kafka property \"" + name + "\" cannot be set: " + std::string(refused.why));
    const AllowedProperty* allowed = nullptr;
    std::vector<std::string_view> names;
    for (const AllowedProperty& one : kAllowed) {
      if (one.scope == kAnywhere || scope_ == kProcess) names.push_back(one.name);
      if (one.name == name) allowed = &one;
    }
    if (allowed == nullptr)
      return report_.add_hidden(at, "the Kafka property \"" + name + "\" is not among those that can be set" + did_you_mean(name, names));
    if (scope_ == kAnywhere && allowed->scope == kProcess)
      return report_.add_hidden(at, "the Kafka property \"" + name + "\" belongs to the process: set it in gofuture.toml under [kafka.properties]");
    auto text = text_of(value);
    if (!text) return report_.add_hidden(value.at, wrong_type(name, "text, a whole number, or true or false", value));
    if (allowed->secret) {
      auto secret = read_secret(*text);
      if (!secret) return report_.add_hidden(value.at, name + " " + secret.error().message());
      text = std::move(*secret);
    }
    if (!found_.emplace(name, std::move(*text)).second)
      report_.add_hidden(at, "the Kafka property \"" + name + "\" is set twice");
  }

  static std::optional<std::string> text_of(const Value& value) {
    switch (value.kind) {
      case Value::Kind::kText: return value.text;
      case Value::Kind::kInteger: return std::to_string(value.integer);
      case Value::Kind::kBoolean: return value.boolean ? "true" : "false";
      default: return std::nullopt;
    }
  }

  PropertyScope scope_;
  const Report& report_;
  std::map<std::string, std::string> found_;
};

}  // namespace

const std::span<const AllowedProperty> kAllowedProperties{kAllowed};
const std::span<const RefusedProperty> kRefusedProperties{kRefused};

std::map<std::string, std::string> read_kafka_properties(const Value& table, PropertyScope scope, const Report& report) {
  Properties properties(scope, report);
  properties.read(table);
  return properties.take();
}

Result<std::string> read_secret(std::string_view reference) {
  if (reference.starts_with("env:")) {
    const std::string name(reference.substr(4));
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return Error("is read from the environment variable " + name + ", which is not set");
    return std::string(value);
  }
  if (reference.starts_with("file:")) {
    const std::string path(reference.substr(5));
    auto text = read_file(path, kSecretBytesMax);
    if (!text) return Error("is read from " + path + ", which " + text.error().message());
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    if (text->empty()) return Error("is read from " + path + ", which is empty");
    return text;
  }
  return Error("is a secret and must not stand here: write \"env:NAME\" or \"file:/path\"");
}

}  // namespace gofuture
