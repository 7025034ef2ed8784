// The catalogue's topics against a real broker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/kafka_world.hpp"

namespace gofuture::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = TopicDifference::Kind;

Catalogue catalogue_with(const std::string& name, std::int32_t partitions, std::int64_t retention_ms = 86'400'000) {
  Catalogue catalogue;
  Topic topic;
  topic.name = name;
  topic.partitions = partitions;
  topic.retention_ms = retention_ms;
  catalogue.topics.push_back(topic);
  return catalogue;
}

std::vector<TopicDifference> planned(TopicGarden& garden, const std::vector<WantedTopic>& wanted,
                                     std::int32_t replication = 1) {
  auto plan = garden.admin().plan(wanted, replication);
  EXPECT_TRUE(plan) << (plan ? "" : plan.error().message());
  return plan ? *plan : std::vector<TopicDifference>{};
}

TEST(KafkaTopics, AppliedTopicsCanBeProducedToAtOnceAndNothingIsLeftToDo) {
  TopicGarden garden;
  const auto name = unique_name("test");
  garden.forget_later(name);
  const auto wanted = wanted_topics(catalogue_with(name, 16), {});
  const auto plan = planned(garden, wanted);
  ASSERT_THAT(plan, SizeIs(1));
  EXPECT_EQ(plan[0].kind, Kind::kCreate);
  EXPECT_THAT(plan[0].sentence, HasSubstr("16 partitions"));
  const auto applied = garden.admin().apply(plan);
  ASSERT_TRUE(applied) << applied.error().message();
  fill(name, 15, 1);
  EXPECT_THAT(planned(garden, wanted), IsEmpty());
  EXPECT_TRUE(garden.admin().apply(plan)) << "somebody else was faster: no error";
}

TEST(KafkaTopics, GrowsATopicAndRefusesToShrinkIt) {
  TopicGarden garden;
  const auto name = garden.make(2);
  const auto grown = planned(garden, {{name, 5, {}}});
  ASSERT_THAT(grown, SizeIs(1));
  EXPECT_EQ(grown[0].kind, Kind::kGrow);
  ASSERT_TRUE(garden.admin().apply(grown));
  fill(name, 4, 1);
  const auto shrunk = planned(garden, {{name, 3, {}}});
  ASSERT_THAT(shrunk, SizeIs(1));
  EXPECT_EQ(shrunk[0].kind, Kind::kRefused);
  const auto refused = garden.admin().apply(shrunk);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("cannot take partitions away"));
}

TEST(KafkaTopics, ChangesWhatDriftedAndKeepsWhatAnOperatorSet) {
  TopicGarden garden;
  const auto name = garden.make(1, {{"segment.bytes", "104857600"}, {"retention.ms", "1000000"}});
  const auto wanted = wanted_topics(catalogue_with(name, 1, 2'000'000), {});
  const auto drift = planned(garden, wanted);
  ASSERT_THAT(drift, SizeIs(1));
  EXPECT_EQ(drift[0].kind, Kind::kConfigure);
  EXPECT_THAT(drift[0].sentence, HasSubstr("retention.ms from 1000000 to 2000000"));
  const auto applied = garden.admin().apply(drift);
  ASSERT_TRUE(applied) << applied.error().message();
  EXPECT_THAT(planned(garden, wanted), IsEmpty());
  EXPECT_THAT(planned(garden, {{name, 1, {{"segment.bytes", "104857600"}}}}), IsEmpty());
}

TEST(KafkaTopics, TellsOfAnotherReplicationWithoutTouchingIt) {
  TopicGarden garden;
  const auto name = garden.make(1);
  const auto plan = planned(garden, {{name, 1, {}}}, 3);
  ASSERT_THAT(plan, SizeIs(1));
  EXPECT_EQ(plan[0].kind, Kind::kNotice);
  EXPECT_TRUE(garden.admin().apply(plan));
}

TEST(KafkaTopics, EverySubscriptionHasADeadLetterTopicWithRoomForItsHeaders) {
  auto catalogue = catalogue_with("rides", 8);
  FunctionManifest function;
  function.name = "refund";
  function.subscriptions.emplace_back().topic = "rides";
  const auto wanted = wanted_topics(catalogue, {function});
  ASSERT_THAT(wanted, SizeIs(2));
  EXPECT_EQ(wanted[1].name, "rides-refund-dlt");
  EXPECT_EQ(wanted[1].partitions, 1);
  EXPECT_GT(std::stol(wanted[1].settings.at("max.message.bytes")),
            std::stol(wanted[0].settings.at("max.message.bytes")));
}

TEST(KafkaTopics, ABrokerThatIsNotThereIsASentenceWithARemedy) {
  auto topics = KafkaTopics::connect({.brokers = "127.0.0.1:1", .properties = {}, .request_ms = 500}, quiet());
  ASSERT_TRUE(topics);
  const auto listed = (*topics)->list();
  ASSERT_FALSE(listed);
  EXPECT_THAT(listed.error().message(), HasSubstr("GOFUTURE_KAFKA"));
}

}  // namespace
}  // namespace gofuture::test
