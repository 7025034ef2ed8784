#include "manifest/keys.hpp"

#include <array>

namespace gofuture {
namespace {

using enum KeyType;

constexpr std::int64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr std::int64_t kMiB = 1 << 20;

// --- manifests/<function>.toml ---------------------------------------------------------------------------------------

constexpr std::array kManifest{
    KeySpec{"function", kTable, true, "", 0, 0, "", "Who the function is and how it runs."},
    KeySpec{"subscribe", kTableList, true, "", 0, 0, "", "What it reads: one [[subscribe]] for each topic."},
    KeySpec{"emits", kTable, false, "", 0, 0, "", "What it may emit: event type = topic. Anything else it emits is refused."},
    KeySpec{"retry", kTable, false, "", 0, 0, "", "How often and how fast a transient failure is tried again."},
    KeySpec{"http", kTable, false, "", 0, 0, "", "Lets it call other systems. Such a function handles one event per thread."},
    KeySpec{"lookup", kTableList, false, "", 0, 0, "", "Tables that it may read by key, read-only."},
    KeySpec{"kafka", kTable, false, "", 0, 0, "", "librdkafka properties of its consumer, by an allow-list."},
    KeySpec{"config", kTable, false, "", 0, 0, "", "Its own configuration, free in form, handed to it as JSON."},
};
constexpr std::array kFunction{
    KeySpec{"name", kText, true, "", 0, 0, "", "Its name everywhere: consumer group, inbox, metrics. Never change it."},
    KeySpec{"library", kText, false, "the name", 0, 0, "", "File name of the library, without folder and \".so\"."},
    KeySpec{"description", kText, false, "", 0, 0, "", "One sentence for people."},
    KeySpec{"mode", kSpecial, false, "postgres", 0, 0, "\"postgres\", \"kafka\" or \"at_least_once\"", "Where effects commit, and so what is guaranteed."},
    KeySpec{"concurrency", kInteger, false, "1", 1, 256, "", "Handler threads. Events of one key never run side by side."},
    KeySpec{"batch", kInteger, false, "500", 1, 10'000, "", "Most events in one call and in one commit."},
    KeySpec{"bytes", kSize, false, "32MiB", kMiB, 4096 * kMiB, "", "Waiting and in flight, before partitions are paused."},
    KeySpec{"timeout", kDuration, false, "30s", 10, kHour, "", "For handling one event; afterwards the attempt has failed and the process starts again."},
    KeySpec{"memory", kSize, false, "512MiB", kMiB, 1024 * 1024 * kMiB, "", "By which the process may grow while one event is handled; as timeout."},
    KeySpec{"hops", kInteger, false, "64", 1, 10'000, "", "Functions that may stand before an event: ends loops."},
    KeySpec{"sql", kTable, false, "", 0, 0, "", "Runs inside the transaction and may write SQL in one schema."},
    KeySpec{"fence", kTable, false, "", 0, 0, "", "A field that only grows takes the place of the inbox."},
};
constexpr std::array kSql{
    KeySpec{"schema", kText, true, "", 0, 0, "", "The schema that its statements see and may write."},
};
constexpr std::array kFence{
    KeySpec{"newest", kText, true, "", 0, 0, "", "\"data:/pointer\" to a time in the event; what is not newer is skipped."},
    KeySpec{"coalesce", kBoolean, false, "false", 0, 0, "", "Of several events of a key in one batch only the newest is handled."},
};
constexpr std::array kSubscribe{
    KeySpec{"topic", kText, true, "", 0, 0, "", "One topic of the catalogue."},
    KeySpec{"types", kTextList, true, "", 0, 0, "", "Event types of that topic; all others are passed over."},
    KeySpec{"state_key", kText, false, "key", 0, 0, "", "\"key\", \"subject\" or \"data:/pointer\": what state and order belong to."},
    KeySpec{"start", kSpecial, false, "earliest", 0, 0, "\"earliest\", \"latest\" or a time such as \"2026-11-22T12:00:00Z\"",
            "Where reading begins the first time; afterwards the committed offsets count."},
};
constexpr std::array kRetry{
    KeySpec{"max_retries", kSpecial, false, "5", 0, 1'000'000, "a whole number from 0, or \"unlimited\"", "After these the event is a dead letter."},
    KeySpec{"initial", kDuration, false, "200ms", 1, kDay, "", "Pause before the first retry."},
    KeySpec{"multiplier", kNumber, false, "2.0", 1, 100, "", "Each pause is so many times the one before."},
    KeySpec{"max", kDuration, false, "1m", 1, 7 * kDay, "", "No pause is longer."},
    KeySpec{"jitter", kNumber, false, "0.2", 0, 1, "", "Share of the pause that is random, so that retries do not meet."},
    KeySpec{"on_dead", kText, false, "continue", 0, 0, "continue hold",
            "\"hold\": events of a key wait behind its dead letter until somebody releases the key; else they go on."},
    KeySpec{"parked_bytes", kSize, false, "256MiB", kMiB / 16, 1024 * kMiB, "", "Of events that wait for a retry; beyond it partitions pause."},
};
constexpr std::array kHttp{
    KeySpec{"allow", kTextList, true, "", 0, 0, "", "URL prefixes \"scheme://host[:port][/path]\"; nothing else can be called."},
    KeySpec{"timeout", kDuration, false, "5s", 1, kHour, "", "For one call, connecting included."},
};
constexpr std::array kLookup{
    KeySpec{"name", kText, true, "", 0, 0, "", "What the function calls it."},
    KeySpec{"table", kText, true, "", 0, 0, "", "\"schema.table\"."},
    KeySpec{"key", kText, true, "", 0, 0, "", "Its key column."},
    KeySpec{"stale", kDuration, false, "1s", 0, kDay, "", "An answer may be this old."},
};

// --- manifests/topics.toml, manifests/events.toml ---------------------------------------------------------------------

constexpr std::array kTopicsFile{KeySpec{"topic", kTableList, true, "", 0, 0, "", "One [[topic]] each."}};
constexpr std::array kTopic{
    KeySpec{"name", kText, true, "", 0, 0, "", "As Kafka knows it."},
    KeySpec{"aliases", kTextList, false, "", 0, 0, "", "Spellings that manifests may use; never written."},
    KeySpec{"key", kText, true, "", 0, 0, "", "What the record key means, for people."},
    KeySpec{"partitions", kInteger, true, "", 1, 10'000, "", "Can grow, never shrink; growing moves keys."},
    KeySpec{"retention", kDuration, false, "the broker's", kMinute, 3650 * kDay, "", "How long Kafka keeps events."},
    KeySpec{"compact", kBoolean, false, "false", 0, 0, "", "Keeps the newest record of each key for ever."},
    KeySpec{"max_bytes", kSize, false, "1MiB", 1024, 64 * kMiB, "", "Of one record's value."},
};
constexpr std::array kEventsFile{KeySpec{"event", kTableList, true, "", 0, 0, "", "One [[event]] for each type."}};
constexpr std::array kEvent{
    KeySpec{"type", kText, true, "", 0, 0, "", "The ce_type."},
    KeySpec{"aliases", kTextList, false, "", 0, 0, "", "Spellings accepted on input; never emitted."},
    KeySpec{"topic", kText, true, "", 0, 0, "", "The topic that it travels on."},
    KeySpec{"schema", kText, true, "", 0, 0, "", "JSON Schema of its data, relative to this folder."},
    KeySpec{"key", kText, true, "", 0, 0, "", "JSON pointer into the data: the record key when it is emitted."},
    KeySpec{"subject", kText, false, "", 0, 0, "", "JSON pointer into the data: ce_subject when it is emitted."},
    KeySpec{"final", kBoolean, false, "false", 0, 0, "", "Nobody needs to consume it."},
    KeySpec{"description", kText, false, "", 0, 0, "", "One sentence for people."},
};

// --- gofuture.toml ----------------------------------------------------------------------------------------------------

constexpr std::array kSettings{
    KeySpec{"kafka", kTable, false, "", 0, 0, "", "The brokers."},
    KeySpec{"postgres", kTable, false, "", 0, 0, "", "The database."},
    KeySpec{"runtime", kTable, false, "", 0, 0, "", "This process."},
    KeySpec{"admin", kTable, false, "", 0, 0, "", "Its HTTP listener."},
    KeySpec{"relay", kTable, false, "", 0, 0, "", "The outbox relay."},
    KeySpec{"ingress", kTable, false, "", 0, 0, "", "POST /v1/events: events over HTTP, into the outbox."},
};
constexpr std::array kSettingsKafka{
    KeySpec{"brokers", kText, false, "", 0, 0, "", "host:port[,host:port]. GOFUTURE_KAFKA."},
    KeySpec{"replication", kInteger, false, "1", 1, 32, "", "Of topics that `topics apply` makes; 3 in production."},
    KeySpec{"properties", kTable, false, "", 0, 0, "", "librdkafka properties, by an allow-list. Secrets as \"env:NAME\" or \"file:/path\"."},
};
constexpr std::array kSettingsPostgres{
    KeySpec{"dsn", kText, false, "", 0, 0, "", "libpq connection string without password. GOFUTURE_POSTGRES."},
    KeySpec{"password_file", kText, false, "", 0, 0, "", "File whose first line is the password."},
};
constexpr std::array kSettingsRuntime{
    KeySpec{"instance", kText, false, "local-1", 0, 0, "", "Stable name of this replica: static group membership. GOFUTURE_INSTANCE."},
    KeySpec{"manifests", kText, false, "manifests", 0, 0, "", "Folder of the manifests. GOFUTURE_MANIFESTS."},
    KeySpec{"functions", kText, false, "functions", 0, 0, "", "Folder of the function libraries. GOFUTURE_FUNCTIONS."},
    KeySpec{"state", kText, false, ".gofuture/state", 0, 0, "", "Folder where crashes are noted for the next start, best on a tmpfs. GOFUTURE_STATE."},
    KeySpec{"migrations", kTextList, false, "", 0, 0, "", "Folders of *.sql for business tables. GOFUTURE_MIGRATIONS, separated by colons."},
    KeySpec{"group_prefix", kText, false, "", 0, 0, "", "In front of every consumer group. GOFUTURE_GROUP_PREFIX."},
    KeySpec{"stall", kDuration, false, "1m", kSecond, kDay, "", "Assigned, lagging and without progress for so long: unready."},
    KeySpec{"log_level", kText, false, "info", 0, 0, "debug info warn error", "GOFUTURE_LOG_LEVEL."},
    KeySpec{"inbox_window", kDuration, false, "16d", kDay, 3650 * kDay, "", "How long repeats are known; longer than topic retention plus parking."},
};
constexpr std::array kSettingsAdmin{
    KeySpec{"listen", kText, false, "127.0.0.1:9464", 0, 0, "", "address:port of /metrics, /healthz, /readyz; port 0 picks one. GOFUTURE_LISTEN."},
};
constexpr std::array kSettingsRelay{
    KeySpec{"enabled", kBoolean, false, "true", 0, 0, "", "Whether this process offers itself as relay."},
    KeySpec{"slot", kText, false, "gofuture_outbox", 0, 0, "", "The replication slot that elects the relay."},
    KeySpec{"outbox_slot", kText, false, "", 0, 0, "", "The slot of whoever carries the outbox instead, such as Debezium; the relay then carries only dead letters."},
    KeySpec{"retention", kDuration, false, "1d", kMinute, 3650 * kDay, "", "How long relayed rows stay; `trace` reads them."},
};
constexpr std::array kSettingsIngress{
    KeySpec{"listen", kText, false, "", 0, 0, "", "address:port of POST /v1/events; without it there is none. Without tokens only a loopback address. GOFUTURE_INGRESS."},
    KeySpec{"tokens_file", kText, false, "", 0, 0, "", "File of bearer tokens, one \"name:token\" a line. GOFUTURE_INGRESS_TOKENS has them instead, separated by commas."},
    KeySpec{"max_body", kSize, false, "1MiB", 1024, 64 << 20, "", "Of one request."},
    KeySpec{"max_events", kInteger, false, "500", 1, 5000, "", "In one request."},
    KeySpec{"max_rate", kInteger, false, "1000", 1, 1'000'000, "", "Requests a second of one token; as many may come at once after a pause."},
    KeySpec{"max_connections", kInteger, false, "512", 1, 65'536, "", "Further ones wait until one ends."},
    KeySpec{"read_timeout", kDuration, false, "10s", 100, kHour, "", "A request must be whole so long after its first byte."},
};

}  // namespace

const KeyGroup kManifestKeys{"the manifest", kManifest}, kFunctionKeys{"[function]", kFunction}, kSqlKeys{"[function] sql", kSql},
    kFenceKeys{"[function] fence", kFence}, kSubscribeKeys{"[[subscribe]]", kSubscribe}, kRetryKeys{"[retry]", kRetry},
    kHttpKeys{"[http]", kHttp}, kLookupKeys{"[[lookup]]", kLookup};
const KeyGroup kTopicsFileKeys{"topics.toml", kTopicsFile}, kTopicKeys{"[[topic]]", kTopic}, kEventsFileKeys{"events.toml", kEventsFile},
    kEventKeys{"[[event]]", kEvent};
const KeyGroup kSettingsKeys{"the settings", kSettings}, kSettingsKafkaKeys{"[kafka]", kSettingsKafka},
    kSettingsPostgresKeys{"[postgres]", kSettingsPostgres, true}, kSettingsRuntimeKeys{"[runtime]", kSettingsRuntime},
    kSettingsAdminKeys{"[admin]", kSettingsAdmin}, kSettingsRelayKeys{"[relay]", kSettingsRelay},
    kSettingsIngressKeys{"[ingress]", kSettingsIngress, true};

std::string_view words_for(KeyType type) {
  switch (type) {
    case kText: return "text in quotes";
    case kInteger: return "a whole number";
    case kNumber: return "a number";
    case kBoolean: return "true or false";
    case kDuration: return "a duration such as \"200ms\", \"5s\", \"2m\", \"1h\" or \"7d\"";
    case kSize: return "a size such as \"512B\", \"64KiB\", \"32MiB\" or \"1GiB\"";
    case kTextList: return "a list of texts such as [\"a\", \"b\"]";
    case kTable: return "a table";
    case kTableList: return "written as [[...]], once for each";
    case kSpecial: return "";
  }
  return "";
}

}  // namespace gofuture
