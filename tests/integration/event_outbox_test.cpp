// The port of the ingress on a real Postgres: what is written, and that an id passes once, whoever brings it and however often.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>

#include "integration/postgres_database.hpp"
#include "postgres/days.hpp"
#include "postgres/event_outbox.hpp"
#include "postgres/inbox_bucket.hpp"

namespace gofuture::test {
namespace {

using Status = Written::Status;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Answers : public Outbox::Answers {
 public:
  void answered(std::vector<Written> all) override {
    const std::lock_guard lock(mutex_);
    for (Written& one : all) answers_[one.number] = std::move(one);
    changed_.notify_all();
  }
  Written of(std::uint64_t number) {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, std::chrono::minutes(1), [&] { return answers_.contains(number); });
    EXPECT_TRUE(came) << "no answer to " << number;
    return answers_[number];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Written> answers_;
};

class EventOutboxTest : public ::testing::Test {
 protected:
  EventOutboxTest() { db.wipe(); }
  static std::int64_t now_ms() { return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }
  Uuid fresh_id() { return ids_.next(now_ms()); }
  static IncomingEvent event(const Uuid& id, const std::string& data = "{}", const std::string& topic = "trips.in") {
    IncomingEvent made;
    made.id = id;
    made.source = "/riders";
    made.type = "TripTaken";
    made.topic = topic;
    made.key = "r1";
    made.data = data;
    made.digest = content_digest(made.type, made.key, made.data);
    return made;
  }
  std::int64_t rows() { return db.number("SELECT count(*) FROM gofuture.events_outbox"); }

  TestDatabase& db = database();
  UuidV7Generator ids_{static_cast<std::uint64_t>(now_ms())};
  Answers answers;
  std::string log;
  EventOutbox outbox{db.conninfo(), [this](Probe::Level, const std::string& sentence) { log += sentence + "\n"; }};
};

TEST_F(EventOutboxTest, ARowHasEveryColumn) {
  IncomingEvent full = event(fresh_id(), R"({"a": 1})");
  full.subject = "s";
  full.time = "2026-11-22T12:00:01.204Z";
  full.correlationid = "c";
  full.causationid = "w";
  full.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  full.tracestate = "a=b";
  full.hops = 3;
  outbox.write({{1, {full, event(fresh_id())}}}, answers);
  ASSERT_EQ(answers.of(1).status, Status::kWritten);
  EXPECT_EQ(db.ask("SELECT concat_ws(' ', id, aggregatetype, aggregateid, type, topic, convert_from(payload, 'UTF8'), subject, time, datacontenttype,"
                   " correlationid, causationid, traceparent, tracestate, hops) FROM gofuture.events_outbox ORDER BY seq LIMIT 1"),
            full.id.text() + R"( /riders r1 TripTaken trips.in {"a": 1} s 2026-11-22T12:00:01.204Z application/json c w )" + full.traceparent + " a=b 3");
  EXPECT_EQ(db.ask("SELECT concat(subject, time, correlationid, causationid, traceparent, tracestate, hops) FROM gofuture.events_outbox ORDER BY seq DESC LIMIT 1"), "0");
  EXPECT_EQ(db.number("SELECT count(*) FROM gofuture.inbox WHERE function_id = 0 AND outcome = 0"), 2);
}

TEST_F(EventOutboxTest, ARepeatIsAnsweredAndNotWrittenAgainHoweverLate) {
  const Uuid id = fresh_id(), foreign = Uuid::v5(kForeignIdSpace, "/riders\norder-7");
  for (std::uint64_t number = 1; number <= 3; ++number) outbox.write({{number, {event(id), event(foreign)}}}, answers);
  EXPECT_EQ(answers.of(1).repeats, 0U);
  EXPECT_EQ(answers.of(2).repeats, 2U);
  EXPECT_EQ(answers.of(3).repeats, 2U);
  db.run("DELETE FROM gofuture.events_outbox");  // relayed, and its day dropped: the inbox knows it still
  outbox.write({{4, {event(id)}}}, answers);
  EXPECT_EQ(answers.of(4).repeats, 1U);
  EXPECT_EQ(rows(), 0);
}

TEST_F(EventOutboxTest, OtherContentUnderAnIdIsAConflictAndNothingOfItsRequestStays) {
  const Uuid id = fresh_id(), beside = fresh_id(), innocent = fresh_id();
  outbox.write({{1, {event(id)}}}, answers);
  ASSERT_EQ(answers.of(1).status, Status::kWritten);
  outbox.write({{2, {event(beside), event(id, R"({"other":1})")}}, {3, {event(innocent)}}}, answers);
  const Written conflict = answers.of(2);
  EXPECT_EQ(conflict.status, Status::kOtherContent);
  EXPECT_THAT(conflict.events, ElementsAre(1));
  EXPECT_EQ(answers.of(3).status, Status::kWritten) << "a stranger's mistake is not ours";
  EXPECT_EQ(rows(), 2);
  EXPECT_EQ(db.number("SELECT count(*) FROM gofuture.inbox WHERE event_id = '" + beside.text() + "'"), 0) << "so it may come again without the other";
  outbox.write({{4, {event(beside)}}}, answers);
  EXPECT_EQ(answers.of(4).repeats, 0U);
  EXPECT_EQ(rows(), 3);
}

TEST_F(EventOutboxTest, OneIdInTwoRequestsOfATransactionIsWrittenOnce) {
  const Uuid id = fresh_id(), contested = fresh_id();
  outbox.write({{1, {event(id)}}, {2, {event(id)}}, {3, {event(contested)}}, {4, {event(contested, R"({"other":1})")}}}, answers);
  EXPECT_EQ(answers.of(1).repeats, 0U);
  EXPECT_EQ(answers.of(2).repeats, 1U);
  EXPECT_EQ(answers.of(3).status, Status::kWritten);
  EXPECT_EQ(answers.of(4).status, Status::kOtherContent);
  EXPECT_EQ(rows(), 2);
}

// The first of two requests with one id is left out for another of its events: the second has the right to it then.
TEST_F(EventOutboxTest, ARequestThatIsLeftOutTakesNoIdWithIt) {
  const Uuid known = fresh_id(), shared = fresh_id();
  outbox.write({{1, {event(known)}}}, answers);
  outbox.write({{2, {event(shared), event(known, R"({"other":1})")}}, {3, {event(shared, R"({"mine":1})")}}}, answers);
  EXPECT_EQ(answers.of(2).status, Status::kOtherContent);
  EXPECT_EQ(answers.of(3).status, Status::kWritten);
  EXPECT_EQ(db.ask("SELECT convert_from(payload, 'UTF8') FROM gofuture.events_outbox WHERE id = '" + shared.text() + "'"), R"({"mine":1})");
}

TEST_F(EventOutboxTest, TwoReplicasAtOnceWriteAnIdOnce) {
  Answers others;
  EventOutbox other(db.conninfo(), [](Probe::Level, const std::string&) {});
  constexpr std::uint64_t kRequests = 200;
  std::vector<Uuid> ids;
  for (std::uint64_t i = 0; i < kRequests; ++i) ids.push_back(fresh_id());
  for (std::uint64_t i = 0; i < kRequests; i += 2) {  // in opposite orders
    outbox.write({{i, {event(ids[i]), event(ids[i + 1])}}}, answers);
    other.write({{i, {event(ids[i + 1]), event(ids[i])}}}, others);
  }
  std::size_t repeats = 0;
  for (std::uint64_t i = 0; i < kRequests; i += 2)
    for (const Written& one : {answers.of(i), others.of(i)}) {
      EXPECT_EQ(one.status, Status::kWritten) << one.message;
      repeats += one.repeats;
    }
  EXPECT_EQ(repeats, kRequests);
  EXPECT_EQ(rows(), static_cast<std::int64_t>(kRequests));
  EXPECT_EQ(db.number("SELECT count(DISTINCT id) FROM gofuture.events_outbox"), static_cast<std::int64_t>(kRequests));
}

TEST_F(EventOutboxTest, ALostConnectionIsNoAnswerAndNothingIsWrittenTwice) {
  outbox.write({{1, {event(fresh_id())}}}, answers);
  ASSERT_EQ(answers.of(1).status, Status::kWritten);
  db.wait_until("(SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%gofuture ingress%')");  // those of the tests before are ending
  ASSERT_EQ(db.disconnect("gofuture ingress"), 1);
  outbox.write({{2, {event(fresh_id())}}}, answers);
  EXPECT_EQ(answers.of(2).status, Status::kWritten);
  EXPECT_EQ(rows(), 2);
}

TEST_F(EventOutboxTest, ADayWithoutInboxIsMadeAndADroppedOneIsTold) {
  const Uuid old = ids_.next(now_ms() - 5 * kDayMs), fresh = fresh_id();
  db.run("DELETE FROM gofuture.inbox_days WHERE bucket = " + std::to_string(inbox_bucket(old)));
  UuidV7Generator older(7);
  const Uuid dropped = older.next(now_ms() - 9 * kDayMs);
  db.run("INSERT INTO gofuture.inbox_days VALUES (" + std::to_string(inbox_bucket(dropped)) + ", now()) ON CONFLICT (bucket) DO UPDATE SET dropped_at = now()");
  outbox.write({{1, {event(fresh), event(dropped)}}, {2, {event(old)}}, {3, {event(fresh)}}}, answers);
  const Written expired = answers.of(1);
  EXPECT_EQ(expired.status, Status::kExpired);
  EXPECT_THAT(expired.events, ElementsAre(1));
  EXPECT_EQ(answers.of(2).status, Status::kWritten) << answers.of(2).message;
  EXPECT_EQ(answers.of(3).status, Status::kWritten);
  EXPECT_EQ(rows(), 2);
}

TEST_F(EventOutboxTest, WhatTheDatabaseRefusesIsFoundAmongTheOthers) {
  outbox.write({{1, {event(fresh_id())}}, {2, {event(fresh_id(), "{}", "no.such.topic")}}, {3, {event(fresh_id())}}}, answers);
  EXPECT_EQ(answers.of(1).status, Status::kWritten);
  EXPECT_EQ(answers.of(2).status, Status::kRefused);
  EXPECT_THAT(answers.of(2).message, HasSubstr("events_outbox_topic"));
  EXPECT_EQ(answers.of(3).status, Status::kWritten);
  EXPECT_EQ(rows(), 2);
}

TEST_F(EventOutboxTest, WithoutADatabaseEverybodyIsToldToComeAgain) {
  EventOutbox nowhere("host=127.0.0.1 port=1 connect_timeout=1", [this](Probe::Level, const std::string& sentence) { log += sentence; });
  nowhere.write({{1, {event(fresh_id())}}, {2, {event(fresh_id())}}}, answers);
  EXPECT_EQ(answers.of(1).status, Status::kUnavailable);
  EXPECT_EQ(answers.of(2).status, Status::kUnavailable);
  EXPECT_THAT(log, HasSubstr("the outbox cannot be written"));
}

}  // namespace
}  // namespace gofuture::test
