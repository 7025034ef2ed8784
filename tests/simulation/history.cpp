#include "simulation/history.hpp"

#include "event/envelope.hpp"
#include "support/record_builder.hpp"

namespace gofuture::simulation {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

std::string topic_name(std::uint16_t topic) { return topic == test::kTrips ? "trips.in" : "fares.in"; }
std::string type_name(std::uint16_t topic) { return topic == test::kTrips ? "TripTaken" : "FarePaid"; }

std::string script_of(const Scenario& scenario, Random& random, Produced& produced) {
  std::string script;
  const auto add = [&script](const std::string& word) { script += (script.empty() ? "" : ",") + word; };
  if (random.chance(scenario.exhaust)) {
    produced.fate = Produced::Fate::kDead;
    produced.attempts = 1 + static_cast<std::uint32_t>(*scenario.plan.retry.max_retries);
    return "retry=1000";
  }
  if (random.chance(scenario.retry)) {
    const std::int64_t retries = random.between(1, 4);
    produced.attempts = 1 + static_cast<std::uint32_t>(retries);
    add("retry=" + std::to_string(retries));
  }
  if (random.chance(scenario.later)) {
    produced.later = true;
    add("later");
  }
  if (random.chance(scenario.reject)) {
    add("reject");
    produced.fate = Produced::Fate::kDead;
  } else if (random.chance(scenario.skip)) {
    add("skip");
    produced.fate = Produced::Fate::kSkip;
  } else {
    if (random.chance(scenario.twice)) {
      add("emit=2");
      produced.emissions = 2;
    }
    if (random.chance(scenario.timer)) {
      produced.timer_ms = random.between(1, 3'000);
      add("own-timer=" + std::to_string(produced.timer_ms));
    }
  }
  return script;
}

}  // namespace

const Produced* History::at(TopicPartition at, std::int64_t offset) const {
  const auto found = by_place_.find({at, offset});
  return found == by_place_.end() ? nullptr : &all_[found->second];
}

bool History::is_poison(std::string_view ce_id) const {
  const auto found = poison_.find(ce_id);
  return found != poison_.end() && found->second;
}

Produced History::fresh(const Scenario& scenario, Random& random, std::int64_t unix_ms) {
  Produced produced;
  const std::uint64_t number = ++numbers_;
  produced.key = "k" + std::to_string(random.below(static_cast<std::size_t>(scenario.keys)));
  produced.at.topic = random.chance(0.7) ? test::kTrips : test::kFares;
  const bool by_record_key = scenario.plan.key_from == Subscription::KeyFrom::kRecordKey;
  const std::string record_key = by_record_key ? produced.key : "r" + std::to_string(random.below(5));
  produced.at.partition = static_cast<std::int32_t>(
      std::hash<std::string>{}(record_key) % static_cast<std::size_t>(scenario.partitions));  // one key, one partition

  std::int64_t observed_ms = unix_ms - random.between(0, 3'000);
  if (scenario.kind == Scenario::Kind::kNewest && random.chance(scenario.garbage / 2)) {
    observed_ms = unix_ms + 10 * kDayMs;
    produced.fate = Produced::Fate::kCorrupt;
  }
  test::RecordBuilder builder = test::sighting(number, produced.key, observed_ms);
  if (random.chance(0.1)) builder.id("foreign id " + std::to_string(number));
  builder.type(produced.at.topic == test::kTrips && random.chance(0.2) ? "TripTook" : type_name(produced.at.topic));
  builder.key(record_key);
  produced.observed_us = observed_ms * 1000;
  if (produced.fate == Produced::Fate::kEffect) {
    const std::string script = script_of(scenario, random, produced);
    if (!script.empty()) builder.header("test-script", script);
    if (produced.fate == Produced::Fate::kEffect && random.chance(scenario.poison)) {
      produced.poison = true;
      produced.fate = Produced::Fate::kDead;
    }
  }
  produced.content = builder.content();
  return produced;
}

Produced History::garbage(const Scenario& scenario, Random& random, std::int64_t unix_ms) {
  Produced produced = fresh(scenario, random, unix_ms);
  produced.fate = Produced::Fate::kCorrupt;
  produced.attempts = 1;
  produced.poison = false;
  auto& headers = produced.content.headers;
  switch (random.below(4)) {
    case 0:
      std::erase_if(headers, [](const auto& header) { return header.first == "ce_id"; });
      break;
    case 1:
      produced.content.value = R"({"key":7})";
      break;
    case 2:
      produced.content.value = std::string("\x80\x81garbage", 9);
      break;
    default:
      headers.clear();
      break;
  }
  return produced;
}

// Id and digest, as the envelope says.
void History::finish(Produced& produced, const Scenario&) const {
  const Record record = make_record(produced.at.topic, produced.at.partition, produced.offset, 0, produced.content);
  const auto envelope = read_envelope(record);
  if (!envelope) {
    produced.event_id = position_id(topic_name(produced.at.topic), produced.at.partition, produced.offset);
    produced.digest = content_digest("", record.key.value_or(""), record.value.value_or(""));
    produced.ce_id.clear();
    return;
  }
  produced.ce_id = std::string(envelope->id);
  produced.event_id = envelope->event_id();
  produced.digest = content_digest(type_name(produced.at.topic), record.key.value_or(""), envelope->data);
}

const Produced& History::produce(const Scenario& scenario, Random& random, test::FakeLog& log, std::int64_t unix_ms) {
  Produced produced;
  std::vector<std::size_t> known;
  for (std::size_t i = 0; i < all_.size(); ++i)
    if (all_[i].fate != Produced::Fate::kForeign) known.push_back(i);

  if (!known.empty() && random.chance(scenario.duplicate)) {
    produced = all_[random.pick(known)];  // the producer repeats itself, byte for byte
  } else if (!known.empty() && random.chance(scenario.other_content)) {
    produced = all_[random.pick(known)];  // the producer uses an id again
    if (!produced.ce_id.empty() && produced.fate != Produced::Fate::kCorrupt)
      produced.content.value = "{\"key\":\"" + produced.key + "\",\"n\":" + std::to_string(1'000'000 + ++numbers_) + "}";
  } else if (random.chance(scenario.garbage)) {
    produced = garbage(scenario, random, unix_ms);
  } else {
    produced = fresh(scenario, random, unix_ms);
    if (random.chance(scenario.foreign)) {
      produced.fate = Produced::Fate::kForeign;
      const char* type = random.chance(0.5) ? "TripIgnored" : "NobodyKnows";
      for (auto& [name, value] : produced.content.headers)
        if (name == "ce_type") value = type;
    }
  }
  produced.sent_us = unix_ms * 1000;
  produced.offset = log.append(produced.at, produced.content, random.chance(scenario.hole) ? random.between(1, 3) : 0, unix_ms);
  finish(produced, scenario);
  if (produced.poison) poison_[produced.ce_id] = true;
  by_place_[{produced.at, produced.offset}] = all_.size();
  if (produced.fate != Produced::Fate::kForeign) by_id_[produced.event_id].push_back(all_.size());
  all_.push_back(std::move(produced));
  return all_.back();
}

}  // namespace gofuture::simulation
