// The settings of this process: defaults, then gofuture.toml, then GOFUTURE_* of the environment.
#include <array>
#include <cstdlib>

#include "manifest/files.hpp"
#include "manifest/kafka_properties.hpp"
#include "manifest/names.hpp"
#include "manifest/nearest.hpp"
#include "manifest/section.hpp"
#include "manifest/units.hpp"

namespace gofuture {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

bool is_instance_name(std::string_view text) { return is_topic_name(text) && text.size() <= 128; }

// "address:port", "[v6]:port": what the admin listener binds to.
bool is_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size() || text.size() - colon > 6) return false;
  const auto port = text.substr(colon + 1);
  if (port.find_first_not_of("0123456789") != std::string_view::npos || std::stoi(std::string(port)) > 65535) return false;
  return text.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:-[]%_") == std::string_view::npos;
}

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
    settings_.kafka_brokers = section.text("brokers").value_or(settings_.kafka_brokers);
    settings_.replication = static_cast<std::int32_t>(section.integer("replication").value_or(settings_.replication));
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
    if (const auto instance = section.text("instance")) {
      if (is_instance_name(*instance)) settings_.instance = *instance;
      else report_.add(section.at("instance"), "instance must be of letters, digits, \".\", \"_\" and \"-\", at most 128 characters");
    }
    settings_.manifests = section.text("manifests").value_or(settings_.manifests);
    settings_.functions = section.text("functions").value_or(settings_.functions);
    settings_.state = section.text("state").value_or(settings_.state);
    for (PlacedText& folder : section.texts("migrations")) settings_.migrations.push_back(std::move(folder.text));
    if (const auto prefix = section.text("group_prefix")) {
      if (prefix->empty() || is_instance_name(*prefix)) settings_.group_prefix = *prefix;
      else report_.add(section.at("group_prefix"), "group_prefix must be of letters, digits, \".\", \"_\" and \"-\", at most 128 characters");
    }
    settings_.stall_ms = section.duration_ms("stall").value_or(settings_.stall_ms);
    settings_.log_level = section.text("log_level").value_or(settings_.log_level);
    if (const auto window = section.duration_ms("inbox_window")) {
      if (*window % kDayMs == 0) settings_.inbox_window_days = *window / kDayMs;
      else report_.add(section.at("inbox_window"), "inbox_window must be whole days such as \"16d\"");
    }
  }

  void read_admin(const Value& table) {
    const Section section(table, kSettingsAdminKeys, report_);
    const auto listen = section.text("listen");
    if (!listen) return;
    if (is_listen_address(*listen)) settings_.listen = *listen;
    else report_.add(section.at("listen"), "listen must be address:port such as \"127.0.0.1:9464\"");
  }

  void read_relay(const Value& table) {
    const Section section(table, kSettingsRelayKeys, report_);
    settings_.relay = section.boolean("enabled").value_or(settings_.relay);
    if (const auto slot = section.text("slot")) {
      if (is_sql_name(*slot)) settings_.relay_slot = *slot;
      else report_.add(section.at("slot"), "slot must be of a to z, 0 to 9 and _, at most 63 characters");
    }
    if (const auto slot = section.text("outbox_slot")) {
      if (!is_sql_name(*slot)) report_.add(section.at("outbox_slot"), "outbox_slot must be of a to z, 0 to 9 and _, at most 63 characters");
      else if (*slot == settings_.relay_slot) report_.add(section.at("outbox_slot"), "outbox_slot is the relay's own slot; it names that of another carrier");
      else settings_.relay_outbox_slot = *slot;
    }
    settings_.outbox_retention_ms = section.duration_ms("retention").value_or(settings_.outbox_retention_ms);
  }

  void read_ingress(const Value& table) {
    const Section section(table, kSettingsIngressKeys, report_);
    IngressSettings& ingress = settings_.ingress;
    if (const auto listen = section.text("listen")) {
      if (is_listen_address(*listen)) ingress.listen = *listen;
      else report_.add_hidden(section.at("listen"), "listen must be address:port such as \"127.0.0.1:8088\"");
    }
    ingress.body_bytes_max = section.size("max_body").value_or(ingress.body_bytes_max);
    ingress.events_max = section.integer("max_events").value_or(ingress.events_max);
    ingress.requests_per_second = section.integer("max_rate").value_or(ingress.requests_per_second);
    ingress.connections_max = section.integer("max_connections").value_or(ingress.connections_max);
    ingress.read_timeout_ms = section.duration_ms("read_timeout").value_or(ingress.read_timeout_ms);
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

// GOFUTURE_* on top. A variable that is set and empty counts as not set.
class Environment {
 public:
  Environment(Settings& settings, Diagnosis& diagnosis) : settings_(settings), diagnosis_(diagnosis) {}

  void apply() {
    take("GOFUTURE_KAFKA", settings_.kafka_brokers);
    take("GOFUTURE_POSTGRES", settings_.postgres);
    take("GOFUTURE_MANIFESTS", settings_.manifests);
    take("GOFUTURE_FUNCTIONS", settings_.functions);
    take("GOFUTURE_STATE", settings_.state);
    take("GOFUTURE_INSTANCE", settings_.instance, is_instance_name, "letters, digits, \".\", \"_\" and \"-\"");
    take("GOFUTURE_GROUP_PREFIX", settings_.group_prefix, is_instance_name, "letters, digits, \".\", \"_\" and \"-\"");
    take("GOFUTURE_LISTEN", settings_.listen, is_listen_address, "address:port such as \"127.0.0.1:9464\"");
    take("GOFUTURE_INGRESS", settings_.ingress.listen, is_listen_address, "address:port such as \"127.0.0.1:8088\"");
    take("GOFUTURE_INGRESS_TOKENS", settings_.ingress.tokens);
    take("GOFUTURE_LOG_LEVEL", settings_.log_level, [](std::string_view level) {
      return level == "debug" || level == "info" || level == "warn" || level == "error";
    }, "\"debug\", \"info\", \"warn\" or \"error\"");
    std::string folders;
    take("GOFUTURE_MIGRATIONS", folders);
    if (!folders.empty()) settings_.migrations = split(folders);
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

  template <class Valid>
  void take(const char* name, std::string& into, Valid valid, std::string_view wanted) {
    std::string value;
    take(name, value);
    if (value.empty()) return;
    if (valid(value)) {
      into = std::move(value);
      return;
    }
    Mistake mistake;
    mistake.file = std::string("environment variable ") + name;
    mistake.what = "must be " + std::string(wanted);
    diagnosis_.add(std::move(mistake));
  }
  static void take(const char* name, std::string& into) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') into = value;
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
