// The keys of a function's manifest.
#include <array>

#include "manifest/keys.hpp"

namespace gofuture {
namespace {

using enum KeyType;

constexpr std::array kManifest{
    KeySpec{.name = "function", .type = kTable, .required = true, .group = &kFunctionKeys,
            .meaning = "Who the function is and how it runs."},
    KeySpec{.name = "subscribe", .type = kTableList, .required = true, .min = 1, .max = 64, .group = &kSubscribeKeys,
            .meaning = "What it reads: one for each topic."},
    KeySpec{.name = "emits", .type = kTable, .names = Names::kEventTypes,
            .meaning = "What it may emit: event type = topic. Whatever else it emits is refused."},
    KeySpec{.name = "leads_to", .type = kTable,
            .meaning = "Event type = list of what it may emit when it handles that type; an empty list: nothing. What is not named may "
                       "lead to all of [emits]. `gofuture check` follows loops by it."},
    KeySpec{.name = "wait", .type = kTableList, .max = 64, .group = &kWaitKeys,
            .meaning = "Answers that it waits for, with a deadline; one for each wait. `gofuture check` asks for one wherever an event "
                       "that events.toml gives answers is emitted."},
    KeySpec{.name = "retry", .type = kTable, .group = &kRetryKeys,
            .meaning = "How often and how fast a transient failure is tried again. A waiting event holds up its own key and no other."},
    KeySpec{.name = "http", .type = kTable, .group = &kHttpKeys,
            .meaning = "Lets it call other systems. Such a function handles one event per thread; it cannot have sql as well."},
    KeySpec{.name = "lookup", .type = kTableList, .min = 1, .max = 64, .group = &kLookupKeys,
            .meaning = "A table of the database that it may read by key, read-only: one for each table."},
    KeySpec{.name = "kafka", .type = kTable,
            .meaning = "librdkafka properties of its consumer, by an allow-list. Most functions need none; a wrong one costs "
                       "throughput or memory."},
    KeySpec{.name = "config", .type = kTable,
            .meaning = "Its own configuration, free in form, handed to it as JSON. No secrets: it can be read wherever the manifest "
                       "can."},
};
constexpr std::array kFunction{
    KeySpec{.name = "name", .required = true, .form = &kFunctionName,
            .meaning = "Its name everywhere: consumer group, inbox, state, metrics. Never change it: under another name it begins anew "
                       "and does all again."},
    KeySpec{.name = "library", .otherwise = "the name", .form = &kLibraryName,
            .meaning = "Which library of the functions folder it is loaded from."},
    KeySpec{.name = "description", .meaning = "One sentence for people; `gofuture describe` shows it."},
    KeySpec{.name = "mode", .fallback = "postgres", .choices = "postgres kafka at_least_once",
            .meaning = "Where its effects commit, and so what is guaranteed: exactly once with any state in Postgres; exactly once "
                       "with state per partition in Kafka, for high rates; or each event at least once, without state."},
    KeySpec{.name = "concurrency", .type = kInteger, .fallback = "1", .min = 1, .max = 256, .unit = "threads",
            .meaning = "How many events it handles side by side; those of one key never. More than it has busy keys brings nothing. "
                       "With sql at most 32, since each thread holds a database connection."},
    KeySpec{.name = "batch", .type = kInteger, .fallback = "500", .min = 1, .max = 10'000, .unit = "events",
            .meaning = "Most events in one call and in one commit. Small ones commit often; large ones wait for each other and hold "
                       "their rows' locks longer."},
    KeySpec{.name = "bytes", .type = kSize, .fallback = "32MiB", .min = kMiB, .max = 4 * kGiB,
            .meaning = "How much may wait and be in flight before its partitions are paused. Too little starves the threads, more only "
                       "costs memory."},
    KeySpec{.name = "timeout", .type = kDuration, .fallback = "30s", .min = 10, .max = kHourMs,
            .meaning = "For handling one event. Afterwards the attempt has failed and the process starts again, for all its functions: "
                       "choose it well above what is usual."},
    KeySpec{.name = "memory", .type = kSize, .fallback = "512MiB", .min = kMiB, .max = 1024 * kGiB,
            .meaning = "By which the process may grow while one event is handled; beyond it as after timeout."},
    KeySpec{.name = "hops", .type = kInteger, .fallback = "64", .min = 1, .max = 10'000, .unit = "functions",
            .meaning = "How many functions may stand before an event that it emits; the next one is refused, which ends loops."},
    KeySpec{.name = "sql", .type = kTable, .group = &kSqlKeys,
            .meaning = "Runs inside the transaction and may write SQL in one schema, which commits with its other effects."},
    KeySpec{.name = "fence", .type = kTable, .group = &kFenceKeys,
            .meaning = "A field that only grows takes the place of the inbox: cheaper for positions and readings, of which only the "
                       "newest counts."},
};
constexpr std::array kSql{
    KeySpec{.name = "schema", .required = true, .form = &kSqlName,
            .meaning = "The schema that its statements see and may write. Functions that share tables share it."},
};
constexpr std::array kFence{
    KeySpec{.name = "newest", .required = true, .form = &kTimeInData,
            .meaning = "Where the event says its time. What is not newer than the last of its key is skipped; more than 60 s ahead of "
                       "the database's clock is rejected."},
    KeySpec{.name = "coalesce", .type = kBoolean, .fallback = "false",
            .meaning = "Of several events of a key in one batch only the newest is handled; the others count as skipped."},
};
constexpr std::array kSubscribe{
    KeySpec{.name = "topic", .required = true, .names = Names::kTopics, .meaning = "A topic of topics.toml."},
    KeySpec{.name = "types", .type = kTextList, .required = true, .min = 1, .max = 256, .unit = "event types", .names = Names::kEventTypes,
            .meaning = "The event types of that topic which it handles; all others are passed over unread."},
    KeySpec{.name = "state_key", .fallback = "key", .form = &kStateKey,
            .meaning = "What state and order belong to: the record's key, the subject that events.toml names, or a member of the data. "
                       "In mode \"kafka\" only \"key\"."},
    KeySpec{.name = "start", .type = kTime, .fallback = "earliest", .choices = "earliest latest",
            .meaning = "Where reading begins the very first time; afterwards the committed offsets count, and changing it changes "
                       "nothing."},
};
constexpr std::array kWait{
    KeySpec{.name = "answers", .type = kTextList, .required = true, .min = 1, .max = 64, .unit = "event types", .names = Names::kEventTypes,
            .meaning = "What ends the wait: any of these, which it must subscribe to."},
    KeySpec{.name = "deadline", .required = true, .form = &kInConfig,
            .meaning = "Where its [config] has the deadline, in seconds. The function sets the timer; this says that it does."},
    KeySpec{.name = "then", .required = true, .names = Names::kEventTypes,
            .meaning = "What it emits at the deadline: a failure, or an answer by default."},
};
constexpr std::array kRetry{
    KeySpec{.name = "max_retries", .type = kInteger, .fallback = "5", .max = 1'000'000, .unit = "retries", .choices = "unlimited",
            .meaning = "After so many the event is a dead letter. Unlimited suits what must not be given up, such as a refund; its key "
                       "waits as long."},
    KeySpec{.name = "initial", .type = kDuration, .fallback = "200ms", .min = 1, .max = kDayMs,
            .meaning = "The pause before the first retry."},
    KeySpec{.name = "multiplier", .type = kNumber, .fallback = "2.0", .min = 1, .max = 100, .unit = "times the pause before",
            .meaning = "How fast the pauses grow; at 1 all are alike, and an outage is asked as often as at first."},
    KeySpec{.name = "max", .type = kDuration, .fallback = "1m", .min = 1, .max = 7 * kDayMs,
            .meaning = "No pause is longer. Where initial is longer than the default, it is the default here too."},
    KeySpec{.name = "jitter", .type = kNumber, .fallback = "0.2", .max = 1, .unit = "of the pause",
            .meaning = "How much of each pause is random, so that events which failed together do not come back together."},
    KeySpec{.name = "on_dead", .fallback = "continue", .choices = "continue hold",
            .meaning = "What a dead letter does to the later events of its key: they go on, or wait until somebody releases the key. "
                       "Holding needs mode \"postgres\" and no fence."},
    KeySpec{.name = "parked_bytes", .type = kSize, .fallback = "256MiB", .min = 64 * kKiB, .max = kGiB,
            .meaning = "How much may wait for a retry; beyond it the function's partitions pause until some of it is done."},
};
constexpr std::array kHttp{
    KeySpec{.name = "allow", .type = kTextList, .required = true, .max = 64, .unit = "prefixes", .form = &kHttpPrefix,
            .meaning = "What its calls may begin with; nothing else can be called."},
    KeySpec{.name = "timeout", .type = kDuration, .fallback = "5s", .min = 1, .max = kHourMs,
            .meaning = "For one call, connecting included; at most the function's own, which is the default where it is shorter. "
                       "Afterwards the outcome is unknown, not failed."},
};
constexpr std::array kLookup{
    KeySpec{.name = "name", .required = true, .form = &kSqlName, .meaning = "What the function calls it."},
    KeySpec{.name = "table", .required = true, .form = &kSqlTable, .meaning = "The table that is read."},
    KeySpec{.name = "key", .required = true, .form = &kSqlName,
            .meaning = "Its key column. Without an index on it every lookup reads the whole table."},
    KeySpec{.name = "stale", .type = kDuration, .fallback = "1s", .max = kDayMs,
            .meaning = "How old an answer may be. \"0ms\" asks the database for every event."},
};

}  // namespace

const KeyGroup kManifestKeys{"the manifest", kManifest}, kFunctionKeys{"[function]", kFunction}, kSqlKeys{"[function] sql", kSql},
    kFenceKeys{"[function] fence", kFence}, kSubscribeKeys{"[[subscribe]]", kSubscribe}, kWaitKeys{"[[wait]]", kWait}, kRetryKeys{"[retry]", kRetry},
    kHttpKeys{"[http]", kHttp}, kLookupKeys{"[[lookup]]", kLookup};

}  // namespace gofuture
