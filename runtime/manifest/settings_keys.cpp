// The keys of gofuture.toml.
#include <array>

#include "manifest/keys.hpp"

namespace gofuture {
namespace {

using enum KeyType;

constexpr std::array kSettings{
    KeySpec{.name = "kafka", .type = kTable, .group = &kSettingsKafkaKeys, .meaning = "The brokers."},
    KeySpec{.name = "postgres", .type = kTable, .group = &kSettingsPostgresKeys, .meaning = "The database."},
    KeySpec{.name = "runtime", .type = kTable, .group = &kSettingsRuntimeKeys, .meaning = "This process."},
    KeySpec{.name = "admin", .type = kTable, .group = &kSettingsAdminKeys, .meaning = "Its HTTP listener."},
    KeySpec{.name = "relay", .type = kTable, .group = &kSettingsRelayKeys,
            .meaning = "The outbox relay, which brings emitted events from Postgres to Kafka."},
    KeySpec{.name = "ingress", .type = kTable, .group = &kSettingsIngressKeys,
            .meaning = "POST /v1/events: events over HTTP, into the outbox."},
};
constexpr std::array kSettingsKafka{
    KeySpec{.name = "brokers", .variable = "GOFUTURE_KAFKA", .meaning = "host:port[,host:port]; some of them are enough."},
    KeySpec{.name = "replication", .type = kInteger, .fallback = "1", .min = 1, .max = 32, .unit = "copies",
            .meaning = "Of topics that `gofuture topics apply` makes. With 1 a lost disk is lost events; 3 in production."},
    KeySpec{.name = "properties", .type = kTable,
            .meaning = "librdkafka properties, by an allow-list. Secrets are written \"env:NAME\" or \"file:/path\", and read from "
                       "there."},
};
constexpr std::array kSettingsPostgres{
    KeySpec{.name = "dsn", .variable = "GOFUTURE_POSTGRES",
            .meaning = "The libpq connection string, without a password; only the variable may carry one."},
    KeySpec{.name = "password_file", .meaning = "A file whose first line is the password."},
};
constexpr std::array kSettingsRuntime{
    KeySpec{.name = "instance", .fallback = "local-1", .form = &kInstanceName, .variable = "GOFUTURE_INSTANCE",
            .meaning = "The name of this replica, the same after a restart: then its partitions wait for it. Two processes of one name "
                       "fence each other off."},
    KeySpec{.name = "manifests", .fallback = "manifests", .variable = "GOFUTURE_MANIFESTS", .meaning = "The folder of the manifests."},
    KeySpec{.name = "functions", .fallback = "functions", .variable = "GOFUTURE_FUNCTIONS",
            .meaning = "The folder of the function libraries."},
    KeySpec{.name = "state", .fallback = ".gofuture/state", .variable = "GOFUTURE_STATE",
            .meaning = "The folder where crashes are noted for the next start, best on a tmpfs: an event that ends the process is "
                       "found by it."},
    KeySpec{.name = "migrations", .type = kTextList, .max = 64, .unit = "folders", .variable = "GOFUTURE_MIGRATIONS",
            .meaning = "Folders of *.sql for business tables, which `gofuture migrate` applies; in the variable separated by colons."},
    KeySpec{.name = "group_prefix", .form = &kGroupPrefix, .variable = "GOFUTURE_GROUP_PREFIX",
            .meaning = "In front of every consumer group. Under another one every function begins to read at its start again."},
    KeySpec{.name = "stall", .type = kDuration, .fallback = "1m", .min = kSecondMs, .max = kDayMs,
            .meaning = "Assigned, lagging and without progress for so long, the process says that it is not ready."},
    KeySpec{.name = "log_level", .fallback = "info", .choices = "debug info warn error", .variable = "GOFUTURE_LOG_LEVEL",
            .meaning = "The least that is logged."},
    KeySpec{.name = "inbox_window", .type = kDuration, .fallback = "16d", .min = kDayMs, .max = 3650 * kDayMs,
            .meaning = "How long a repeated event is known, in whole days. It must be longer than topic retention plus parking; each "
                       "day is rows in the database."},
};
constexpr std::array kSettingsAdmin{
    KeySpec{.name = "listen", .fallback = "127.0.0.1:9464", .form = &kListenAddress, .variable = "GOFUTURE_LISTEN",
            .meaning = "Where /metrics, /healthz and /readyz are served, to whoever reaches it. Port 0 picks a free one."},
};
constexpr std::array kSettingsRelay{
    KeySpec{.name = "enabled", .type = kBoolean, .fallback = "true",
            .meaning = "Whether this process offers itself as relay. Where none does, and nothing else carries the outbox, no event "
                       "leaves the database."},
    KeySpec{.name = "slot", .fallback = "gofuture_outbox", .form = &kSqlName,
            .meaning = "The replication slot that elects the relay: one for each database."},
    KeySpec{.name = "outbox_slot", .form = &kSqlName,
            .meaning = "The slot of whoever carries the outbox instead, such as Debezium; the relay then carries only dead letters."},
    KeySpec{.name = "retention", .type = kDuration, .fallback = "1d", .min = kMinuteMs, .max = 3650 * kDayMs,
            .meaning = "How long relayed rows stay; `gofuture trace` reads them."},
};
constexpr std::array kSettingsIngress{
    KeySpec{.name = "listen", .form = &kListenAddress, .variable = "GOFUTURE_INGRESS",
            .meaning = "Where POST /v1/events is served; without it nowhere. Without tokens only a loopback address. Port 0 picks a free one."},
    KeySpec{.name = "tokens_file",
            .meaning = "A file of bearer tokens, one \"name:token\" a line. The variable GOFUTURE_INGRESS_TOKENS has them instead, separated "
                       "by commas."},
    KeySpec{.name = "max_body", .type = kSize, .fallback = "1MiB", .min = kKiB, .max = 64 * kMiB,
            .meaning = "Of one request; a larger one is refused (413)."},
    KeySpec{.name = "max_events", .type = kInteger, .fallback = "500", .min = 1, .max = 5'000, .unit = "events",
            .meaning = "In one request, which is all or nothing."},
    KeySpec{.name = "max_rate", .type = kInteger, .fallback = "1000", .min = 1, .max = 1'000'000, .unit = "requests a second",
            .meaning = "Of one token; beyond it 429. As many may come at once after a pause."},
    KeySpec{.name = "max_connections", .type = kInteger, .fallback = "512", .min = 1, .max = 65'536, .unit = "connections",
            .meaning = "Further ones wait until one ends."},
    KeySpec{.name = "read_timeout", .type = kDuration, .fallback = "10s", .min = 100, .max = kHourMs,
            .meaning = "A request must be whole so long after its first byte."},
};

}  // namespace

const KeyGroup kSettingsKeys{"the settings", kSettings}, kSettingsKafkaKeys{"[kafka]", kSettingsKafka},
    kSettingsPostgresKeys{"[postgres]", kSettingsPostgres, true}, kSettingsRuntimeKeys{"[runtime]", kSettingsRuntime},
    kSettingsAdminKeys{"[admin]", kSettingsAdmin}, kSettingsRelayKeys{"[relay]", kSettingsRelay},
    kSettingsIngressKeys{"[ingress]", kSettingsIngress, true};

}  // namespace gofuture
