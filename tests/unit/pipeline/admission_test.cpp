// What comes in: what is ours, what is nobody's, and what cannot be read. Bad input never stops what stands beside it.
#include "unit/pipeline/rig.hpp"

namespace gofuture::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The record stands between two good ones, which must not notice.
DeadLetter corrupted_by(const RecordBuilder& record, const PlanOptions& options = {}) {
  Rig rig(options);
  rig.produce(kP0, trip(101, "k"));
  const std::int64_t offset = rig.produce(kP0, record);
  rig.produce(kP0, trip(102, "k"));
  rig.assign({kP0});
  rig.settle();
  EXPECT_THAT(rig.causes(), ElementsAre(id(101), id(102)));
  EXPECT_EQ(rig.committed(kP0), 3);
  const auto dead = rig.dead_letters();
  EXPECT_EQ(dead.size(), 1U);
  if (dead.size() != 1) return {};
  EXPECT_EQ(dead[0].offset, offset);
  EXPECT_EQ(dead[0].key, record.content().key);
  EXPECT_EQ(dead[0].value, record.content().value);
  EXPECT_EQ(dead[0].headers, record.content().headers);
  EXPECT_EQ(dead[0].attempts, 1) << "zero retries";
  return dead[0];
}

TEST(Admission, TypesThatAreNotSubscribedAreDoneWithoutTheStore) {
  Rig rig;
  rig.produce(kP0, trip(1, "k").type("TripIgnored"));
  rig.produce(kP0, trip(2, "k").type("TripIgnored"));
  rig.produce(kP0, trip(3, "k").type("NobodyKnows"));
  rig.assign({kP0});
  rig.settle();
  EXPECT_EQ(rig.committed(kP0), 3);
  EXPECT_EQ(rig.store.loads + rig.store.commits, 0);
  EXPECT_THAT(rig.handlers.calls, IsEmpty());
  EXPECT_EQ(rig.probe.filtered, 2U);
  EXPECT_EQ(rig.probe.unknown, 1U) << "a type that nobody declared is counted by itself";
  EXPECT_EQ(rig.pipeline->gauges().bytes, 0U);
}

TEST(Admission, ATypeOfAnotherTopicIsNotOurs) {
  Rig rig;
  rig.produce(kP0, fare(1, "k"));
  rig.assign({kP0});
  rig.settle();
  EXPECT_EQ(rig.probe.filtered, 1U);
  EXPECT_THAT(rig.causes(), IsEmpty());
}

TEST(Admission, AnAliasIsTheSameTypeAndTheSameEvent) {
  Rig rig;
  rig.produce(kP0, trip(1, "k").type("TripTook"));
  rig.produce(kP0, trip(1, "k").type("TripTaken"));
  rig.produce(kP0, trip(2, "k").type("TripTook").header("test-script", "reject"));
  rig.assign({kP0});
  rig.settle();
  EXPECT_THAT(rig.causes(), ElementsAre(id(1)));
  ASSERT_EQ(rig.dead_letters().size(), 1U) << "the second spelling was a repeat";
  EXPECT_EQ(rig.dead_letters()[0].type, "TripTaken") << "canonical inside";
}

TEST(Admission, GarbageIsADeadLetterWithItsBytesUntouched) {
  RecordBuilder garbage;
  for (const char* header : {"ce_specversion", "ce_id", "ce_source", "ce_type", "content-type"}) garbage.without(header);
  garbage.key("k").data(std::string("\x00\xff\xfegarbage", 10)).header("odd", std::nullopt);
  const DeadLetter letter = corrupted_by(garbage);
  EXPECT_EQ(letter.failure, "corrupted");
  EXPECT_EQ(letter.event_id, position_id("trips.in", 0, 1));
  EXPECT_EQ(letter.type, "");
}

TEST(Admission, EachMissingAttributeIsNamed) {
  for (const char* header : {"ce_specversion", "ce_id", "ce_source", "ce_type"}) {
    const DeadLetter letter = corrupted_by(trip(1, "k").without(header));
    EXPECT_EQ(letter.failure, "corrupted");
    EXPECT_THAT(letter.message, HasSubstr(header));
  }
}

TEST(Admission, DataThatBreaksItsSchemaNamesThePlace) {
  const DeadLetter letter = corrupted_by(trip(1, "k").data(R"({"key":"k","n":"seven"})"));
  EXPECT_EQ(letter.failure, "corrupted");
  EXPECT_THAT(letter.message, HasSubstr("/n"));
  EXPECT_EQ(letter.type, "TripTaken");
  EXPECT_EQ(letter.event_id, test_id(1));
}

TEST(Admission, DataThatIsNoJsonIsCorrupted) {
  EXPECT_EQ(corrupted_by(trip(1, "k").data("{\"key\":\"k\"")).failure, "corrupted");
  EXPECT_EQ(corrupted_by(trip(1, "k").data("")).failure, "corrupted");
  EXPECT_EQ(corrupted_by(trip(1, "k").data(std::nullopt)).failure, "corrupted");
  EXPECT_EQ(corrupted_by(trip(1, "k").data(std::string(100'000, '['))).failure, "corrupted");
}

TEST(Admission, AMebibyteFitsAndOneByteMoreDoesNot) {
  const auto of_size = [](std::size_t bytes) {
    std::string data = R"({"key":"k","n":1,"filler":")";
    data.append(bytes - data.size() - 2, 'x').append("\"}");
    return data;
  };
  EXPECT_THAT(corrupted_by(trip(1, "k").data(of_size((1 << 20) + 1))).message, HasSubstr("1048577"));
  Rig rig({.bytes_max = 8 << 20});
  rig.produce(kP0, trip(1, "k").data(of_size(1 << 20)));
  rig.assign({kP0});
  rig.settle();
  EXPECT_THAT(rig.causes(), ElementsAre(id(1)));
}

TEST(Admission, WithoutTheKeyThatTheManifestNamesAnEventIsCorrupted) {
  using From = Subscription::KeyFrom;
  EXPECT_THAT(corrupted_by(trip(1, "k").key(std::nullopt)).message, HasSubstr("no key"));
  EXPECT_THAT(corrupted_by(trip(1, "k").key("")).message, HasSubstr("no key"));
  EXPECT_THAT(corrupted_by(trip(1, "k").without("ce_subject"), {.key_from = From::kSubject}).message, HasSubstr("ce_subject"));
  EXPECT_THAT(corrupted_by(trip(1, "k").data(R"({"key":"","n":1})"), {.key_from = From::kData}).message, HasSubstr("/key"));
}

TEST(Admission, AKeyThatIsNoTextIsCorruptedBeforeItCanHurtTheStore) {
  EXPECT_THAT(corrupted_by(trip(1, "k").key("\xff\xfe")).message, HasSubstr("UTF-8"));
  EXPECT_EQ(corrupted_by(trip(1, "k").key(std::string("a\0b", 3))).failure, "corrupted");
  EXPECT_EQ(corrupted_by(trip(1, "k").key(std::string(10'000, 'k'))).failure, "corrupted");
}

TEST(Admission, TheStateKeyIsWhatTheManifestSays) {
  using From = Subscription::KeyFrom;
  for (const auto& [from, key] : {std::pair{From::kRecordKey, "by key"}, {From::kSubject, "by subject"}, {From::kData, "by data"}}) {
    Rig rig({.key_from = from});
    rig.produce(kP0, trip(1, "k").key("by key").subject("by subject").data(R"({"key":"by data","n":1})"));
    rig.assign({kP0});
    rig.settle();
    EXPECT_EQ(rig.counted(key), 1) << key;
  }
}

TEST(Admission, TheSameIdWithOtherContentIsADeadLetterOfItsOwnClass) {
  Rig rig;
  rig.produce(kP0, trip(1, "k"));
  rig.produce(kP0, trip(1, "k").data(R"({"key":"k","n":2})"));
  rig.produce(kP0, trip(2, "k"));
  rig.assign({kP0});
  rig.settle();
  EXPECT_THAT(rig.causes(), ElementsAre(id(1), id(2)));
  const auto dead = rig.dead_letters();
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].failure, "idempotency");
  EXPECT_EQ(dead[0].offset, 1);
  EXPECT_THAT(dead[0].message, HasSubstr(id(1)));
  EXPECT_EQ(rig.committed(kP0), 3);
}

TEST(Admission, APlainRepeatIsSkippedAndIsNoError) {
  Rig rig;
  rig.produce(kP0, trip(1, "k"));
  rig.assign({kP0});
  rig.settle();
  rig.produce(kP0, trip(1, "k"));
  rig.settle();
  EXPECT_THAT(rig.causes(), ElementsAre(id(1)));
  EXPECT_THAT(rig.dead_letters(), IsEmpty());
  ASSERT_EQ(rig.probe.finished.size(), 2U);
  EXPECT_EQ(rig.probe.finished[1].verdict, Verdict::kRepeat);
  EXPECT_EQ(rig.probe.finished[1].outcome, Outcome::kSkip);
  EXPECT_EQ(rig.probe.said(Probe::Level::kWarn, ""), 0U);
}

TEST(Admission, AClockADayAheadIsNotBelieved) {
  Rig rig({.fence = Fence{"/observed_at", false}});
  rig.produce(kP0, sighting(1, "d", kTestEpochMs + 86'400'000));
  rig.produce(kP0, sighting(2, "d", kTestEpochMs));
  rig.assign({kP0});
  rig.settle();
  EXPECT_THAT(rig.causes(), ElementsAre(id(2))) << "the driver's later positions still apply";
  ASSERT_EQ(rig.dead_letters().size(), 1U);
  EXPECT_EQ(rig.dead_letters()[0].failure, "corrupted");
  EXPECT_EQ(rig.dead_letters()[0].event_id, test_id(1));
}

TEST(Admission, WithoutItsFenceFieldAnEventIsCorrupted) {
  Rig rig({.fence = Fence{"/observed_at", false}});
  rig.produce(kP0, trip(1, "d"));
  rig.assign({kP0});
  rig.settle();
  ASSERT_EQ(rig.dead_letters().size(), 1U);
  EXPECT_THAT(rig.dead_letters()[0].message, HasSubstr("/observed_at"));
}

}  // namespace
}  // namespace gofuture::test
