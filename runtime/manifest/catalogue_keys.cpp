// The keys of topics.toml and events.toml.
#include <array>

#include "manifest/keys.hpp"

namespace gofuture {
namespace {

using enum KeyType;

constexpr std::array kTopicsFile{
    KeySpec{.name = "topic", .type = kTableList, .required = true, .group = &kTopicKeys, .meaning = "One for each topic."},
};
constexpr std::array kTopic{
    KeySpec{.name = "name", .required = true, .form = &kTopicName,
            .meaning = "As Kafka knows it. Names that end in \"-dlt\" are kept for dead letters."},
    KeySpec{.name = "aliases", .type = kTextList, .max = 32, .unit = "names", .form = &kTopicName,
            .meaning = "Older names that manifests may use; they are never written."},
    KeySpec{.name = "key", .required = true, .meaning = "What the record key means, for people: \"region_id\"."},
    KeySpec{.name = "partitions", .type = kInteger, .required = true, .min = 1, .max = 10'000, .unit = "partitions",
            .meaning = "How far reading can be shared. They can grow, never shrink, and growing moves keys: choose for years."},
    KeySpec{.name = "retention", .type = kDuration, .otherwise = "the broker's", .min = kMinuteMs, .max = 3650 * kDayMs,
            .meaning = "How long Kafka keeps events. What is not handled by then is lost, so it bounds every outage."},
    KeySpec{.name = "compact", .type = kBoolean, .fallback = "false", .meaning = "Keeps the newest record of each key for ever."},
    KeySpec{.name = "max_bytes", .type = kSize, .fallback = "1MiB", .min = kKiB, .max = 64 * kMiB,
            .meaning = "Of one record's value; a larger event cannot be emitted."},
};
constexpr std::array kEventsFile{
    KeySpec{.name = "event", .type = kTableList, .required = true, .group = &kEventKeys, .meaning = "One for each event type."},
};
constexpr std::array kEvent{
    KeySpec{.name = "type", .required = true, .form = &kTypeName, .meaning = "Its name: the ce_type."},
    KeySpec{.name = "aliases", .type = kTextList, .max = 32, .unit = "names", .form = &kTypeName,
            .meaning = "Older spellings, accepted on input and never emitted."},
    KeySpec{.name = "topic", .required = true, .names = Names::kTopics, .meaning = "The topic that it travels on."},
    KeySpec{.name = "schema", .required = true, .form = &kPathInside,
            .meaning = "The JSON Schema of its data, a file. What does not fit cannot be emitted, and is corrupted where it arrives."},
    KeySpec{.name = "key", .required = true, .form = &kPointer,
            .meaning = "Where in its data the record key stands when it is emitted: it decides the partition, and so the order."},
    KeySpec{.name = "subject", .form = &kPointer,
            .meaning = "Where in its data the thing stands that it is about (ce_subject). Without it no function can say state_key = "
                       "\"subject\"."},
    KeySpec{.name = "final", .type = kBoolean, .fallback = "false", .meaning = "Nobody needs to consume it."},
    KeySpec{.name = "source", .meaning = "Who sends it from outside of the functions, for people: \"riders-app\". Without it a function must "
                                         "emit what a function consumes."},
    KeySpec{.name = "answers", .type = kTextList, .max = 64, .unit = "event types", .names = Names::kEventTypes,
            .meaning = "What answers it. A function that emits it must wait for them, with a deadline ([[wait]])."},
    KeySpec{.name = "failure", .type = kBoolean, .fallback = "false",
            .meaning = "After it whatever can be undone must be: for every undone_by some function takes this event and emits that."},
    KeySpec{.name = "undone_by", .names = Names::kEventTypes, .meaning = "The event that says that this one was undone."},
    KeySpec{.name = "description", .meaning = "One sentence for people."},
};

}  // namespace

const KeyGroup kTopicsFileKeys{"topics.toml", kTopicsFile}, kTopicKeys{"[[topic]]", kTopic}, kEventsFileKeys{"events.toml", kEventsFile},
    kEventKeys{"[[event]]", kEvent};

}  // namespace gofuture
