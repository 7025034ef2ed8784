// From files to structs: the design's own manifest, defaults, whole folders, and mistakes that only show across files.
#include "manifest/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "unit/manifest/support.hpp"

namespace gofuture {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

// DESIGN §12, to the letter.
constexpr std::string_view kRefundPayment = R"([function]
name = "refund_payment"
mode = "postgres"

[[subscribe]]
topic     = "payments.status"
types     = ["PaymentSucceeded", "PaymentFailed"]
state_key = "subject"                 # booking_id

[[subscribe]]
topic     = "booking.events"
types     = ["DriverNotFound", "BookingCanceled"]
state_key = "subject"

[emits]
PaymentRefunded = "payments.status"

[retry]                               # a compensation never gives up while the trouble is transient
max_retries = "unlimited"
initial = "200ms"
max = "5m"
)";

FunctionManifest parsed(std::string_view text) {
  Diagnosis diagnosis;
  auto manifest = parse_function(text, "manifests/refund_payment.toml", fixture_catalogue(), diagnosis);
  EXPECT_EQ(diagnosis.text(), "");
  return manifest;
}

TEST(Manifest, TheDesignsExampleParsesAsPrinted) {
  const auto manifest = parsed(kRefundPayment);
  EXPECT_EQ(manifest.name, "refund_payment");
  EXPECT_EQ(manifest.library, "refund_payment");
  EXPECT_EQ(manifest.mode, Mode::kPostgres);
  ASSERT_EQ(manifest.subscriptions.size(), 2U);
  EXPECT_EQ(manifest.subscriptions[0].topic, "payments.status");
  EXPECT_THAT(manifest.subscriptions[0].types, ElementsAre("PaymentSucceeded", "PaymentFailed"));
  EXPECT_EQ(manifest.subscriptions[0].key_from, Subscription::KeyFrom::kSubject);
  EXPECT_EQ(manifest.subscriptions[1].topic, "booking.events");
  EXPECT_THAT(manifest.emits, ElementsAre(Pair("PaymentRefunded", "payments.status")));
  EXPECT_EQ(manifest.retry.max_retries, std::nullopt);
  EXPECT_EQ(manifest.retry.initial_ms, 200);
  EXPECT_EQ(manifest.retry.max_ms, 300'000);
}

TEST(Manifest, TheDesignsMistakeIsToldAsPrinted) {
  std::string text(kRefundPayment);
  text.replace(text.find("PaymentSucceeded"), 16, "PaymentSucceded");
  Diagnosis diagnosis;
  parse_function(text, "manifests/refund_payment.toml", fixture_catalogue(), diagnosis);
  EXPECT_EQ(diagnosis.text(),
            R"(manifests/refund_payment.toml:7:14: error: unknown event type "PaymentSucceded" on payments.status; did you mean "PaymentSucceeded"?
   7 | types     = ["PaymentSucceded", "PaymentFailed"]
     |              ^^^^^^^^^^^^^^^^^
)");
}

TEST(Manifest, EveryKeyArrivesInItsField) {
  const auto manifest = parsed(R"(
[function]
name = "assign_driver"
library = "assign-driver"
description = "Finds the nearest free driver."
mode = "postgres"
concurrency = 4
batch = 100
bytes = "64MiB"
timeout = "20s"
memory = "128MiB"
hops = 12
sql = { schema = "ride" }
fence = { newest = "data:/observed_at", coalesce = true }
[[subscribe]]
topic = "drive.location"
types = ["DriverLocationUpdated"]
state_key = "data:/driver_id"
start = 2026-11-22T12:00:00Z
[[subscribe]]
topic = "booking.event"
types = ["BookingCanseled"]
start = "latest"
[[subscribe]]
topic = "payments.status"
types = ["PaymentFailed"]
start = "2026-11-22T13:00:00+01:00"
[emits]
PaymentInitialated = "payments.status"
DriverAssigned = "booking.event"
[retry]
max_retries = 3
initial = "1s"
multiplier = 3
max = "1m"
jitter = 0.5
[[lookup]]
name = "price"
table = "ride.prices"
key = "region_id"
stale = "2s"
[kafka]
fetch.min.bytes = 1024
"check.crcs" = true
[config]
radius_m = 2500
names = ["a", { b = 1.5 }]
since = 2026-11-22
)");
  EXPECT_EQ(manifest.library, "assign-driver");
  EXPECT_EQ(manifest.description, "Finds the nearest free driver.");
  EXPECT_EQ(manifest.concurrency, 4);
  EXPECT_EQ(manifest.batch_max, 100);
  EXPECT_EQ(manifest.bytes_max, 64 << 20);
  EXPECT_EQ(manifest.timeout_ms, 20'000);
  EXPECT_EQ(manifest.memory_max, 128 << 20);
  EXPECT_EQ(manifest.hops_max, 12);
  EXPECT_EQ(manifest.sql_schema, "ride");
  ASSERT_TRUE(manifest.fence);
  EXPECT_EQ(manifest.fence->newest_pointer, "/observed_at");
  EXPECT_TRUE(manifest.fence->coalesce);
  ASSERT_EQ(manifest.subscriptions.size(), 3U);
  EXPECT_EQ(manifest.subscriptions[0].topic, "driver.location") << "aliases become canonical";
  EXPECT_EQ(manifest.subscriptions[0].key_from, Subscription::KeyFrom::kData);
  EXPECT_EQ(manifest.subscriptions[0].key_pointer, "/driver_id");
  EXPECT_EQ(manifest.subscriptions[0].start, Start::kTimestamp);
  EXPECT_EQ(manifest.subscriptions[0].start_timestamp_ms, 1795348800000);
  EXPECT_THAT(manifest.subscriptions[1].types, ElementsAre("BookingCanceled"));
  EXPECT_EQ(manifest.subscriptions[1].key_from, Subscription::KeyFrom::kRecordKey);
  EXPECT_EQ(manifest.subscriptions[1].start, Start::kLatest);
  EXPECT_EQ(manifest.subscriptions[2].start_timestamp_ms, 1795348800000);
  EXPECT_THAT(manifest.emits, ElementsAre(Pair("DriverAssigned", "booking.events"), Pair("PaymentInitiated", "payments.status")));
  EXPECT_EQ(manifest.retry.max_retries, 3);
  EXPECT_EQ(manifest.retry.multiplier, 3.0);
  EXPECT_EQ(manifest.retry.jitter, 0.5);
  ASSERT_EQ(manifest.lookups.size(), 1U);
  EXPECT_EQ(manifest.lookups[0].table, "ride.prices");
  EXPECT_EQ(manifest.lookups[0].stale_ms, 2000);
  EXPECT_THAT(manifest.kafka_properties, ElementsAre(Pair("check.crcs", "true"), Pair("fetch.min.bytes", "1024")));
  EXPECT_EQ(manifest.config_json, R"({"radius_m":2500,"names":["a",{"b":1.5E0}],"since":"2026-11-22"})");
}

TEST(Manifest, HttpIsReadWithItsAllowList) {
  const auto manifest = parsed(std::string(kRefundPayment) + "[http]\nallow = [\"https://gateway.example:8443/v1/\", \"http://127.0.0.1\"]\ntimeout = \"2s\"\n");
  ASSERT_TRUE(manifest.http);
  EXPECT_THAT(manifest.http->allow, ElementsAre("https://gateway.example:8443/v1/", "http://127.0.0.1"));
  EXPECT_EQ(manifest.http->timeout_ms, 2000);
}

TEST(Manifest, ADefaultFollowsWhatItWouldContradict) {
  const std::string head = "[function]\nname = \"f\"\ntimeout = \"2s\"\nconcurrency = 64\n[[subscribe]]\ntopic = \"payments.status\"\ntypes = [\"PaymentFailed\"]\n";
  const auto manifest = parsed(head + "[retry]\ninitial = \"5m\"\n[http]\nallow = [\"http://127.0.0.1\"]\n");
  EXPECT_EQ(manifest.retry.max_ms, 300'000) << "no pause is shorter than the first";
  EXPECT_EQ(manifest.http->timeout_ms, 2000) << "a call does not outlive its handler";
  EXPECT_EQ(manifest.concurrency, 64) << "without sql no connection is held";
}

TEST(Folder, IsReadWholeWithItsCatalogue) {
  TemporaryFolder folder;
  folder.copy_catalogue();
  folder.write("refund_payment.toml", kRefundPayment);
  folder.write("notes.txt", "not a manifest");
  Diagnosis diagnosis;
  const auto manifests = load_manifests(folder.path(), diagnosis);
  EXPECT_EQ(diagnosis.text(), "");
  ASSERT_EQ(manifests.functions.size(), 1U);
  EXPECT_EQ(manifests.functions[0].file, folder.path() + "/refund_payment.toml");
  const Topic* topic = manifests.catalogue.topic("drive.location");
  ASSERT_NE(topic, nullptr);
  EXPECT_EQ(topic->name, "driver.location");
  EXPECT_EQ(topic->partitions, 256);
  EXPECT_EQ(topic->retention_ms, 86'400'000);
  const EventType* event = manifests.catalogue.event("PaymentSuccesed");
  ASSERT_NE(event, nullptr);
  EXPECT_EQ(event->name, "PaymentSucceeded");
  EXPECT_EQ(event->subject, "/booking_id");
  EXPECT_EQ(event->schema, "{\"type\": \"object\"}\n");
  EXPECT_EQ(manifests.catalogue.event("Weather"), nullptr);
}

TEST(Folder, MistakesOfAllFilesAreToldAtOnceSortedByPlace) {
  TemporaryFolder folder;
  folder.copy_catalogue();
  folder.write("b.toml", kRefundPayment);
  folder.write("a.toml", kRefundPayment);
  folder.write("c.toml", "[function]\nname = 1\n");
  folder.write("events.toml", "[[event]]\ntype = \"X\"\ntopic = \"nowhere.at.all\"\nschema = \"schemas/none.json\"\nkey = \"id\"\n"
                              "answers = [\"X\", \"Y\"]\nundone_by = \"Z\"\n");
  Diagnosis diagnosis;
  load_manifests(folder.path(), diagnosis);
  const auto text = diagnosis.text();
  EXPECT_THAT(text, HasSubstr("/b.toml:2:8: error: the function \"refund_payment\" is declared already, at " + folder.path() + "/a.toml:2"));
  EXPECT_THAT(text, HasSubstr("/c.toml:2:8: error: name must be text"));
  EXPECT_THAT(text, HasSubstr("/events.toml:3:9: error: unknown topic \"nowhere.at.all\""));
  EXPECT_THAT(text, HasSubstr("/events.toml:4:10: error: schema file " + folder.path() + "/schemas/none.json cannot be read: No such file"));
  EXPECT_THAT(text, HasSubstr("/events.toml:5:7: error: key must be a JSON pointer"));
  EXPECT_THAT(text, HasSubstr("/events.toml:6:17: error: unknown event type \"Y\""));
  EXPECT_THAT(text, HasSubstr("/events.toml:7:13: error: unknown event type \"Z\""));
  EXPECT_LT(text.find("/a.toml:"), text.find("/b.toml:2"));
  EXPECT_LT(text.find("/c.toml:2"), text.find("/events.toml:3"));
}

TEST(Folder, ACatalogueThatContradictsItselfIsRefused) {
  TemporaryFolder folder;
  folder.copy_catalogue();
  folder.write("topics.toml", "[[topic]]\nname = \"a\"\nkey = \"k\"\npartitions = 10001\n\n[[topic]]\nname = \"b\"\naliases = [\"a\", \"b!\"]\nkey = \"k\"\npartitions = 3\n");
  folder.write("events.toml", "[[event]]\ntype = \"X\"\naliases = [\"Y\"]\ntopic = \"a\"\nschema = \"../x.json\"\nkey = \"/id\"\n\n"
                              "[[event]]\ntype = \"Y\"\ntopic = \"b\"\nschema = \"schemas/broken.json\"\nkey = \"/id~2\"\n");
  folder.write("schemas/broken.json", "{\"requird\": []}");
  Diagnosis diagnosis;
  load_manifests(folder.path(), diagnosis);
  const auto text = diagnosis.text();
  EXPECT_THAT(text, HasSubstr("topics.toml:4:14: error: partitions must be a whole number from 1 to 10000 partitions"));
  EXPECT_THAT(text, HasSubstr("topics.toml:8:12: error: topic \"a\" is declared twice"));
  EXPECT_THAT(text, HasSubstr("topics.toml:8:17: error: each of aliases must be a topic name as Kafka allows it"));
  EXPECT_THAT(text, HasSubstr("events.toml:5:10: error: schema must be a path inside the manifests folder"));
  EXPECT_THAT(text, HasSubstr("events.toml:9:8: error: event type \"Y\" is declared twice: it is an alias of \"X\""));
  EXPECT_THAT(text, HasSubstr("schemas/broken.json: /requird is a keyword that is not understood"));
  EXPECT_THAT(text, HasSubstr("events.toml:12:7: error: key must be a JSON pointer"));
}

TEST(Folder, ACatalogueNamesNothingThatCouldNotExist) {
  TemporaryFolder folder;
  folder.copy_catalogue();
  folder.write("topics.toml", "[[topic]]\nname = \"a b\"\nkey = \"k\"\npartitions = 3\n\n[[topic]]\nname = \"c\"\nkey = \"k\"\npartitions = 3\n");
  folder.write("events.toml", "[[event]]\ntype = \"9th\"\ntopic = \"c\"\nschema = \"schemas/x.json\"\nkey = \"/id\"\n");
  folder.write("schemas/x.json", "{}");
  Diagnosis diagnosis;
  load_manifests(folder.path(), diagnosis);
  const auto text = diagnosis.text();
  EXPECT_THAT(text, HasSubstr("topics.toml:2:8: error: name must be a topic name as Kafka allows it"));
  EXPECT_THAT(text, HasSubstr("events.toml:2:8: error: type must be an identifier such as \"BookingCreated\""));
}

TEST(Folder, ACatalogueThatIsNotTomlIsOneMistakeOfItsOwn) {
  for (const std::string name : {"topics.toml", "events.toml"}) {
    TemporaryFolder folder;
    folder.copy_catalogue();
    folder.write("refund_payment.toml", kRefundPayment);
    folder.write(name, "[");
    Diagnosis diagnosis;
    load_manifests(folder.path(), diagnosis);
    EXPECT_THAT(diagnosis.text(), StartsWith(folder.path() + "/" + name + ":1:2: error: this is not TOML"));
    EXPECT_EQ(diagnosis.count(), 1U) << diagnosis.text();
  }
}

TEST(Folder, AnEventOrATopicWithoutANameIsOneMistake) {
  TemporaryFolder folder;
  folder.copy_catalogue();
  folder.write("topics.toml", "[[topic]]\nkey = \"k\"\npartitions = 1\n\n[[topic]]\nname = \"t\"\nkey = \"k\"\npartitions = 1\n");
  folder.write("events.toml", "[[event]]\ntopic = \"t\"\nschema = \"schemas/any.json\"\nkey = \"/k\"\nanswers = [\"Nothing\"]\n");
  Diagnosis diagnosis;
  load_manifests(folder.path(), diagnosis);
  EXPECT_EQ(diagnosis.text(), folder.path() + "/events.toml:1:1: error: [[event]] has no type; it must be there\n   1 | [[event]]\n     | ^^^^^^^^^\n" +
                                  folder.path() + "/topics.toml:1:1: error: [[topic]] has no name; it must be there\n   1 | [[topic]]\n     | ^^^^^^^^^\n");
}

TEST(Folder, NoFunctionCanReadADeadLetterTopic) {
  TemporaryFolder folder;
  folder.copy_catalogue();
  folder.write("topics.toml", "[[topic]]\nname = \"payments.status-refund-dlt\"\nkey = \"k\"\npartitions = 1\n");
  Diagnosis diagnosis;
  load_manifests(folder.path(), diagnosis);
  EXPECT_THAT(diagnosis.text(), HasSubstr("topics.toml:2:8: error: name must not end in \"-dlt\""));
}

TEST(Folder, AStateKeyNeedsASubjectInTheCatalogue) {
  Diagnosis diagnosis;
  parse_function("[function]\nname = \"f\"\n\n[[subscribe]]\ntopic = \"pricing.events\"\ntypes = [\"PricingRequested\"]\nstate_key = \"subject\"\n",
                 "x.toml", fixture_catalogue(), diagnosis);
  EXPECT_THAT(diagnosis.text(), HasSubstr("x.toml:7:13: error: state_key = \"subject\", but events.toml gives PricingRequested no subject"));
}

TEST(Folder, ThatIsNotThereOrHasNoCatalogueIsOneClearMistake) {
  Diagnosis none;
  load_manifests("/nowhere/manifests", none);
  EXPECT_EQ(none.text(), "/nowhere/manifests: error: the folder of the manifests cannot be read: No such file or directory\n");
  TemporaryFolder folder;
  folder.write("refund_payment.toml", kRefundPayment);
  Diagnosis bare;
  load_manifests(folder.path(), bare);
  EXPECT_EQ(bare.text(), folder.path() + "/events.toml: error: cannot be read: No such file or directory\n" + folder.path() +
                             "/topics.toml: error: cannot be read: No such file or directory\n")
      << "and the manifests are not blamed for it";
}

TEST(Folder, ATomlThatIsNoFileDoesNotHoldUsUp) {
  TemporaryFolder folder;
  folder.copy_catalogue();
  folder.pipe("pipe.toml");
  Diagnosis diagnosis;
  load_manifests(folder.path(), diagnosis);
  EXPECT_EQ(diagnosis.text(), folder.path() + "/pipe.toml: error: cannot be read: it is not a file\n");
}

TEST(Folder, AFolderOrALinkToNowhereNamedLikeAManifestIsAMistakeAndAHiddenFileIsNone) {
  TemporaryFolder folder;
  folder.copy_catalogue();
  folder.write("refund.toml/x", "");
  folder.write(".refund.toml", "[");
  folder.write(".taplo.toml", "[");
  std::filesystem::create_symlink("nowhere", folder.path() + "/link.toml");
  Diagnosis diagnosis;
  load_manifests(folder.path(), diagnosis);
  EXPECT_EQ(diagnosis.text(), folder.path() + "/link.toml: error: cannot be read: No such file or directory\n" + folder.path() +
                                  "/refund.toml: error: cannot be read: it is a folder\n");
}

TEST(Folder, AFileThatMayNotBeReadIsNamedWithTheReason) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  TemporaryFolder folder;
  folder.copy_catalogue();
  ::chmod(folder.write("refund.toml", kRefundPayment).c_str(), 0);
  Diagnosis diagnosis;
  load_manifests(folder.path(), diagnosis);
  EXPECT_EQ(diagnosis.text(), folder.path() + "/refund.toml: error: cannot be read: Permission denied\n");
}

TEST(Folder, MoreThanAThousandManifestsAreRefusedUnread) {
  TemporaryFolder folder;
  folder.copy_catalogue();
  for (int i = 0; i < 999; ++i) folder.write("f" + std::to_string(i) + ".toml", "[");
  Diagnosis diagnosis;
  load_manifests(folder.path(), diagnosis);
  EXPECT_EQ(diagnosis.text(), folder.path() + ": error: there are more than 1000 manifests in this folder\n");
}

TEST(Folder, ASecondFunctionOfOneNameIsToldWhereTheFirstIs) {
  TemporaryFolder folder;
  folder.copy_catalogue();
  folder.write("a.toml", kRefundPayment);
  folder.write("b.toml", kRefundPayment);
  folder.write("c.toml", "");
  folder.write("d.toml", "");
  Diagnosis diagnosis;
  load_manifests(folder.path(), diagnosis);
  EXPECT_THAT(diagnosis.text(), StartsWith(folder.path() + "/b.toml:2:8: error: the function \"refund_payment\" is declared already, at " + folder.path() +
                                           "/a.toml:2\n   2 | name = \"refund_payment\"\n     |        ^^^^^^^^^^^^^^^^\n"));
  EXPECT_EQ(diagnosis.count(), 5U) << "functions without a name are not two of one name";
}

TEST(Folder, AManifestTooLongToReadIsOneMistake) {
  TemporaryFolder folder;
  folder.copy_catalogue();
  folder.write("long.toml", std::string(70'000, '\n'));
  Diagnosis diagnosis;
  load_manifests(folder.path(), diagnosis);
  EXPECT_EQ(diagnosis.text(), folder.path() + "/long.toml: error: is longer than the 65536 bytes that are read\n");
}

}  // namespace
}  // namespace gofuture
