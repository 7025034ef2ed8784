// The settings of this process: defaults, then gofuture.toml, then GOFUTURE_* of the environment.
#include <algorithm>
#include <cstdlib>

#include "manifest/files.hpp"
#include "manifest/kafka_properties.hpp"
#include "manifest/section.hpp"

namespace gofuture {
namespace {

bool carries_password(std::string_view dsn) {
  if (dsn.find("password") != std::string_view::npos) return true;
  const auto scheme = dsn.find("://");  // scheme://user:secret@host
  if (scheme == std::string_view::npos) return false;
  const auto authority = dsn.substr(scheme + 3, dsn.find('/', scheme + 3) - scheme - 3);
  const auto at = authority.rfind('@');
  return at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos;
}

std::string with_password(const std::string& dsn, const std::string& password) {
  std::string out = dsn;
  if (dsn.find("://") != std::string::npos) {
    constexpr char kHex[] = "0123456789ABCDEF";
    out += dsn.find('?') == std::string::npos ? "?password=" : "&password=";
    for (const char c : password) {
      const auto byte = static_cast<unsigned char>(c);
      const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
      if (plain) out += c;
      else out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
    return out;
  }
  out += " password='";
  for (const char c : password) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

class SettingsReader {
 public:
  SettingsReader(const Report& report, Settings& settings) : report_(report), settings_(settings) {}

  void read(const Value& root) {
    const Section file(root, kSettingsKeys, report_);
    if (const Value* table = file.table("kafka")) read_kafka(*table);
    if (const Value* table = file.table("postgres")) read_postgres(*table);
    if (const Value* table = file.table("runtime")) read_runtime(*table);
    if (const Value* table = file.table("admin")) read_admin(*table);
    if (const Value* table = file.table("relay")) read_relay(*table);
    if (const Value* table = file.table("ingress")) read_ingress(*table);
  }

 private:
  void read_kafka(const Value& table) {
    const Section section(table, kSettingsKafkaKeys, report_);
    settings_.kafka_brokers = section.text("brokers").value_or("");
    settings_.replication = static_cast<std::int32_t>(section.integer("replication").value());
    if (const Value* properties = section.table("properties"))
      settings_.kafka_properties = read_kafka_properties(*properties, PropertyScope::kProcess, report_);
  }

  void read_postgres(const Value& table) {
    const Section section(table, kSettingsPostgresKeys, report_);
    if (const auto dsn = section.text("dsn")) {
      if (carries_password(*dsn)) report_.add_hidden(section.at("dsn"), "dsn must not carry a password: put it in password_file, or the whole in GOFUTURE_POSTGRES");
      else settings_.postgres = *dsn;
    }
    const auto file = section.text("password_file");
    const char* from_environment = std::getenv("GOFUTURE_POSTGRES");
    if (!file || (from_environment != nullptr && *from_environment != '\0')) return;  // the environment's database has its own password
    auto password = read_secret("file:" + *file);
    if (!password) return report_.add_hidden(section.at("password_file"), "the database password " + password.error().message());
    settings_.postgres = with_password(settings_.postgres, *password);
  }

  void read_runtime(const Value& table) {
    const Section section(table, kSettingsRuntimeKeys, report_);
    settings_.instance = section.text("instance").value();
    settings_.manifests = section.text("manifests").value();
    settings_.functions = section.text("functions").value();
    settings_.state = section.text("state").value();
    for (PlacedText& folder : section.texts("migrations")) settings_.migrations.push_back(std::move(folder.text));
    settings_.group_prefix = section.text("group_prefix").value_or("");
    settings_.stall_ms = section.duration_ms("stall").value();
    settings_.log_level = section.text("log_level").value();
    const auto window = section.duration_ms("inbox_window").value();
    if (window % kDayMs == 0) settings_.inbox_window_days = window / kDayMs;
    else report_.add(section.at("inbox_window"), "inbox_window must be whole days such as \"16d\"");
  }

  void read_admin(const Value& table) { settings_.listen = Section(table, kSettingsAdminKeys, report_).text("listen").value(); }

  void read_relay(const Value& table) {
    const Section section(table, kSettingsRelayKeys, report_);
    settings_.relay = section.boolean("enabled").value();
    settings_.relay_slot = section.text("slot").value();
    settings_.relay_outbox_slot = section.text("outbox_slot").value_or("");
    if (settings_.relay_outbox_slot == settings_.relay_slot)
      report_.add(section.at("outbox_slot"), "outbox_slot is the relay's own slot; it names that of another carrier");
    settings_.outbox_retention_ms = section.duration_ms("retention").value();
  }

  void read_ingress(const Value& table) {
    const Section section(table, kSettingsIngressKeys, report_);
    IngressSettings& ingress = settings_.ingress;
    ingress.listen = section.text("listen").value_or("");
    ingress.body_bytes_max = section.size("max_body").value();
    ingress.events_max = section.integer("max_events").value();
    ingress.requests_per_second = section.integer("max_rate").value();
    ingress.connections_max = section.integer("max_connections").value();
    ingress.read_timeout_ms = section.duration_ms("read_timeout").value();
    const auto file = section.text("tokens_file");
    const char* from_environment = std::getenv("GOFUTURE_INGRESS_TOKENS");
    if (!file || (from_environment != nullptr && *from_environment != '\0')) return;
    auto tokens = read_secret("file:" + *file);
    if (!tokens) return report_.add_hidden(section.at("tokens_file"), "the list of tokens " + tokens.error().message());
    ingress.tokens = std::move(*tokens);
  }

  const Report& report_;
  Settings& settings_;
};

// GOFUTURE_* on top, each checked by the key that it stands above. A variable that is set and empty counts as not set.
class Environment {
 public:
  Environment(Settings& settings, Diagnosis& diagnosis) : settings_(settings), diagnosis_(diagnosis) {}

  void apply() {
    take(kSettingsKafkaKeys, "brokers", settings_.kafka_brokers);
    take(kSettingsPostgresKeys, "dsn", settings_.postgres);
    take(kSettingsRuntimeKeys, "manifests", settings_.manifests);
    take(kSettingsRuntimeKeys, "functions", settings_.functions);
    take(kSettingsRuntimeKeys, "state", settings_.state);
    take(kSettingsRuntimeKeys, "instance", settings_.instance);
    take(kSettingsRuntimeKeys, "group_prefix", settings_.group_prefix);
    take(kSettingsAdminKeys, "listen", settings_.listen);
    take(kSettingsIngressKeys, "listen", settings_.ingress.listen);
    if (const char* tokens = std::getenv("GOFUTURE_INGRESS_TOKENS"); tokens != nullptr && *tokens != '\0') settings_.ingress.tokens = tokens;
    take(kSettingsRuntimeKeys, "log_level", settings_.log_level);
    if (const auto folders = value_of(kSettingsRuntimeKeys.key("migrations"))) settings_.migrations = split(*folders);
  }

 private:
  static std::vector<std::string> split(std::string_view folders) {
    std::vector<std::string> out;
    while (!folders.empty()) {
      const auto end = std::min(folders.find(':'), folders.size());
      if (end > 0) out.emplace_back(folders.substr(0, end));
      folders.remove_prefix(std::min(end + 1, folders.size()));
    }
    return out;
  }

  static std::optional<std::string> value_of(const KeySpec& spec) {
    const char* value = std::getenv(std::string(spec.variable).c_str());
    return value != nullptr && *value != '\0' ? std::optional<std::string>(value) : std::nullopt;
  }

  void take(const KeyGroup& group, std::string_view key, std::string& into) {
    const KeySpec& spec = group.key(key);
    Value value;
    value.kind = Value::Kind::kText;
    value.text = value_of(spec).value_or("");
    if (value.text.empty()) return;
    if (!wrong(value, spec)) {
      into = std::move(value.text);
      return;
    }
    Mistake mistake;
    mistake.file = "environment variable " + std::string(spec.variable);
    mistake.what = "must be " + wanted(spec);
    diagnosis_.add(std::move(mistake));
  }

  Settings& settings_;
  Diagnosis& diagnosis_;
};

}  // namespace

Settings load_settings(const std::string& file, Diagnosis& diagnosis) {
  Settings settings;
  if (!file.empty()) {
    const auto text = read_file(file, kFileBytesMax);
    const Report report(file, text ? std::string_view(*text) : std::string_view(), diagnosis);
    if (!text) report.add({}, text.error().message());
    else if (const auto root = parse_toml(report)) SettingsReader(report, settings).read(*root);
  }
  Environment(settings, diagnosis).apply();
  return settings;
}

}  // namespace gofuture
