// gofuture_emit(): events of services that write the outbox in transactions of their own; to Kafka, through the relay.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "integration/kafka_backdoor.hpp"
#include "integration/relay_world.hpp"
#include "kafka/sink.hpp"
#include "kafka/topics.hpp"
#include "postgres/event_types.hpp"
#include "postgres/inbox_bucket.hpp"
#include "support/test_plan.hpp"

namespace gofuture::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string kData = R"('{"key": "r1", "n": 1}')", kId = "'0198c0de-0000-4000-8000-000000000001'";

class Emit : public ::testing::Test {
 protected:
  Emit() {
    db.wipe();
    auto opened = PgConnection::open(db.conninfo(), "gofuture test service");
    EXPECT_TRUE(opened);
    service = std::make_unique<PgConnection>(std::move(*opened));
  }
  std::string emit(const std::string& arguments) { return db.ask("SELECT gofuture.gofuture_emit(" + arguments + ")"); }
  std::string failure(const std::string& arguments) {
    const PgResult result = service->run("SELECT gofuture.gofuture_emit(" + arguments + ")");
    EXPECT_FALSE(result.ok());
    return result.failure().sentence();
  }
  std::string row() {
    return db.ask("SELECT concat_ws(' ', aggregatetype, aggregateid, type, topic, convert_from(payload, 'UTF8'), subject, datacontenttype, correlationid, hops)"
                  " FROM gofuture.events_outbox");
  }
  std::int64_t rows() { return db.number("SELECT count(*) FROM gofuture.events_outbox"); }

  TestDatabase& db = database();
  std::unique_ptr<PgConnection> service;
};

TEST_F(Emit, WhatIsNotGivenIsTakenFromTheCatalogue) {
  emit("'TripTook', NULL, " + kData);
  EXPECT_EQ(row(), "sql/" + db.ask("SELECT session_user") + R"( r1 TripTaken trips.in {"n": 1, "key": "r1"} r1 application/json r1 0)");
}

TEST_F(Emit, WhatIsGivenStands) {
  EXPECT_EQ("'" + emit("'TripTaken', 'r9', " + kData + ", subject => 's', correlation => 'c', id => " + kId + ", source => '/orders'") + "'", kId);
  EXPECT_EQ(row(), R"(/orders r9 TripTaken trips.in {"n": 1, "key": "r1"} s application/json c 0)");
}

TEST_F(Emit, MistakesAreToldWithTheWayOut) {
  EXPECT_THAT(failure("'TripTakem', NULL, " + kData), HasSubstr("unknown event type \"TripTakem\""));
  EXPECT_EQ(db.ask("DO $$ DECLARE told text; BEGIN PERFORM gofuture.gofuture_emit('TripTakem', NULL, '{}');"
                   " EXCEPTION WHEN invalid_parameter_value THEN GET STACKED DIAGNOSTICS told = PG_EXCEPTION_HINT;"
                   " ASSERT told LIKE '%nearest is \"TripTaken\"%', told; END $$"), "");
  EXPECT_THAT(failure(R"('TripTaken', NULL, '{"key": 7}')"), HasSubstr("/key is number, must be string; /n is missing"));
  EXPECT_THAT(failure(R"('TripTaken', NULL, '{"key": "r1", "n": 1.5}')"), HasSubstr("/n is number, must be integer"));
  EXPECT_THAT(failure("'TripTaken', NULL, '[]'"), HasSubstr("no JSON object"));
  EXPECT_THAT(failure("'TripTaken', NULL, NULL"), HasSubstr("no JSON object"));
  EXPECT_THAT(failure("NULL, NULL, " + kData), HasSubstr("unknown event type"));
  EXPECT_THAT(failure("'TripTaken', '', " + kData), HasSubstr("needs a key"));
  EXPECT_THAT(failure(R"('Counted', NULL, '{"cause": "c", "count": 1}')"), HasSubstr("needs a key"));
  EXPECT_THAT(failure("'TripTaken', NULL, jsonb_build_object('key', repeat('k', 1048577), 'n', 1)"), HasSubstr("topic trips.in takes 1048576"));
  EXPECT_EQ(rows(), 0);
}

TEST_F(Emit, ARepeatDoesNothingAndOtherContentIsAnError) {
  emit("'TripTaken', NULL, " + kData + ", id => " + kId);
  emit("'TripTook', NULL, " + kData + ", id => " + kId);
  EXPECT_EQ(rows(), 1);
  EXPECT_THAT(failure("'TripTaken', 'r2', " + kData + ", id => " + kId), AllOf(HasSubstr("emitted with other content"), HasSubstr("23505")));
  emit("'TripTaken', NULL, " + kData + ", id => gofuture.new_event_id()");
  EXPECT_EQ(rows(), 2);
  EXPECT_THAT(failure("'TripTaken', NULL, " + kData + ", id => '01780000-0000-7000-8000-000000000001'"), HasSubstr("nobody can tell"));
}

TEST_F(Emit, ItGoesWithTheCallersTransaction) {
  ASSERT_TRUE(service->run("BEGIN; SELECT gofuture.gofuture_emit('TripTaken', NULL, " + kData + ", id => " + kId + "); ROLLBACK").ok());
  EXPECT_EQ(rows(), 0);
  ASSERT_TRUE(service->run("BEGIN; SELECT gofuture.gofuture_emit('TripTaken', NULL, " + kData + ", id => " + kId + "); COMMIT").ok());
  EXPECT_EQ(rows(), 1) << "what was rolled back is no repeat";
}

TEST_F(Emit, ASchemaOfTheCallersOwnCannotComeBetween) {
  ASSERT_TRUE(service->run("CREATE SCHEMA evil; CREATE FUNCTION evil.md5(text) RETURNS text LANGUAGE sql AS $$ SELECT 'no digest' $$;"
                           " SET search_path = evil, pg_catalog; SELECT gofuture.gofuture_emit('TripTaken', NULL, " + kData + ", id => " + kId + ")").ok());
  db.run("DROP SCHEMA evil CASCADE");
}

TEST_F(Emit, AServiceNeedsTheRightToThisFunctionAndNoOther) {
  const std::string function = "'gofuture.gofuture_emit(text, text, jsonb, text, text, uuid, text)'";
  const auto may = [&] { return db.ask("SELECT has_function_privilege('pg_monitor', " + function + ", 'EXECUTE')"); };  // a role that every server has
  EXPECT_EQ(may(), "f") << "not everybody's";
  db.run("GRANT EXECUTE ON FUNCTION gofuture.gofuture_emit TO pg_monitor");
  EXPECT_EQ(may(), "t");
  EXPECT_EQ(db.ask("SELECT has_table_privilege('pg_monitor', 'gofuture.events_outbox', 'INSERT')"), "f");
  EXPECT_EQ(db.ask("SELECT prosecdef FROM pg_proc WHERE oid = " + function + "::regprocedure"), "t") << "it writes with its owner's rights";
  db.run("REVOKE EXECUTE ON FUNCTION gofuture.gofuture_emit FROM pg_monitor");
}

TEST_F(Emit, TheBucketOfAnIdIsTheOneThatTheRuntimeComputes) {
  UuidV7Generator ids(1);
  std::vector<Uuid> all;
  for (const std::int64_t day : {std::int64_t{0}, std::int64_t{18'261}, std::int64_t{18'262}, std::int64_t{20'783}, std::int64_t{47'481}, std::int64_t{47'482}})
    for (const std::int64_t ms : {std::int64_t{0}, kDayMs - 1}) {
      UuidV7Generator made(7);
      all.push_back(made.next(day * kDayMs + ms));
    }
  for (int i = 0; i < 32; ++i) all.push_back(Uuid::v5(kForeignIdSpace, std::to_string(i)));
  for (const Uuid& id : all)
    EXPECT_EQ(db.number("SELECT gofuture.inbox_bucket('" + id.text() + "')"), inbox_bucket(id)) << id.text();
}

TEST_F(Emit, TheTypesAreThoseOfTheCatalogueAfterEachMigrate) {
  EXPECT_EQ(db.ask("SELECT string_agg(name, ' ' ORDER BY name) FROM gofuture.event_types"), "Counted FarePaid TripIgnored TripTaken TripTook");
  Catalogue changed = *test_catalogue();
  changed.events.pop_back();
  changed.events[0].aliases.clear();
  changed.events[0].subject = "/a~1b/c~0d";
  auto opened = PgConnection::open(db.conninfo(), "gofuture test");
  ASSERT_TRUE(opened);
  EXPECT_TRUE(*apply_event_types(*opened, changed));
  EXPECT_FALSE(*apply_event_types(*opened, changed)) << "nothing is new";
  EXPECT_EQ(db.ask("SELECT string_agg(name, ' ' ORDER BY name) FROM gofuture.event_types"), "FarePaid TripIgnored TripTaken");
  EXPECT_EQ(db.ask("SELECT subject_path FROM gofuture.event_types WHERE name = 'TripTaken'"), "{a/b,c~d}");
  EXPECT_TRUE(*apply_event_types(*opened, *test_catalogue()));
}

TEST_F(Emit, AnEventReachesKafkaWithItsHeadersWhenTheTransactionHasCommitted) {
  RelayWorld world;
  const std::string topic = unique_name("emit");
  auto connected = KafkaTopics::connect({.brokers = kafka_brokers(), .properties = {}}, [](kafka::Level, const std::string&) {});
  ASSERT_TRUE(connected);
  auto plan = (*connected)->plan({{topic, 1, {}}}, 1);
  ASSERT_TRUE(plan);
  ASSERT_TRUE((*connected)->apply(*plan));
  db.run("ALTER TABLE gofuture.events_outbox DROP CONSTRAINT IF EXISTS events_outbox_topic; UPDATE gofuture.event_types SET topic = '" + topic +
         "' WHERE type = 'TripTaken'");
  {
    Relay relay(world.options(), world.log.log());
    auto sink = KafkaSink::open({.brokers = kafka_brokers(), .properties = {}, .client_id = "emit"}, relay, [](kafka::Level, const std::string&) {});
    ASSERT_TRUE(sink);
    relay.start(**sink);
    ASSERT_TRUE(service->run("BEGIN; SELECT gofuture.gofuture_emit('TripTaken', NULL, '{\"key\": \"never\", \"n\": 1}'); ROLLBACK").ok());
    emit("'TripTaken', 'r1', " + kData + ", subject => 'trip-7', correlation => 'c-7', id => " + kId + ", source => '/orders'");
    const std::string last = world.wal_now();
    EXPECT_TRUE(eventually([&] { return world.confirmed(last); }));
    relay.stop();
  }
  const auto records = read_all(topic, 1);
  (void)(*connected)->remove({topic});
  Catalogue back = *test_catalogue();
  auto opened = PgConnection::open(db.conninfo(), "gofuture test");
  EXPECT_TRUE(*apply_event_types(*opened, back));
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].key, "r1");
  EXPECT_EQ(records[0].value, R"({"n": 1, "key": "r1"})");
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : records[0].headers) headers[name] = value.value_or("");
  const std::string time = headers["ce_time"];
  headers.erase("ce_time");
  EXPECT_TRUE(parse_time_us(time)) << time;
  EXPECT_EQ(headers, (std::map<std::string, std::string>{{"ce_specversion", "1.0"}, {"ce_id", kId.substr(1, 36)}, {"ce_source", "/orders"}, {"ce_type", "TripTaken"},
                                                         {"ce_subject", "trip-7"}, {"ce_correlationid", "c-7"}, {"ce_hops", "0"}, {"content-type", "application/json"}}));
}

}  // namespace
}  // namespace gofuture::test
