#include "kafka/groups.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "kafka/client.hpp"
#include "kafka/start_offsets.hpp"

namespace gofuture {

using namespace kafka;

namespace {

using OffsetsRequest = Holder<rd_kafka_ListConsumerGroupOffsets_t, rd_kafka_ListConsumerGroupOffsets_destroy>;
using ByGroup = std::map<std::string, GroupProgress*>;

// A consumer, since only its kind of client can say that it wants ends as they are: with open transactions.
Result<Consumer> make_client(const GroupsOptions& options, Voice& voice) {
  return make_consumer(options.brokers, {{"client.id", "gofuture-groups"}, {"isolation.level", "read_uncommitted"}}, options.properties,
                       voice, "a Kafka client");
}

AdminOptions admin_options(rd_kafka_t* client, rd_kafka_admin_op_t operation, int request_ms) {
  char why[256] = "";
  AdminOptions made(rd_kafka_AdminOptions_new(client, operation));
  rd_kafka_AdminOptions_set_request_timeout(made.get(), request_ms, why, sizeof why);
  return made;
}

Result<Reply> answer_of(rd_kafka_queue_t* answers, const GroupsOptions& options) {
  Reply reply(rd_kafka_queue_poll(answers, options.request_ms + 1'000));
  if (!reply) return Error("the Kafka brokers (" + options.brokers + ") did not answer; check GOFUTURE_KAFKA and that they run");
  if (rd_kafka_event_error(reply.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return Error("the consumer groups could not be asked for: " + std::string(rd_kafka_event_error_string(reply.get())));
  return reply;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

GroupMember member_of(const rd_kafka_MemberDescription_t* told) {
  GroupMember member;
  member.id = text_or_empty(rd_kafka_MemberDescription_consumer_id(told));
  member.instance = text_or_empty(rd_kafka_MemberDescription_group_instance_id(told));
  member.host = text_or_empty(rd_kafka_MemberDescription_host(told));
  if (const auto* assignment = rd_kafka_MemberDescription_assignment(told))
    if (const auto* partitions = rd_kafka_MemberAssignment_partitions(assignment)) member.partitions = partitions->cnt;
  return member;
}

Result<Done> ask_members(rd_kafka_t* client, const GroupsOptions& options, ByGroup& groups) {
  std::vector<const char*> names;
  for (const auto& [name, progress] : groups) names.push_back(name.c_str());
  const Queue answers(rd_kafka_queue_new(client));
  const auto asking = admin_options(client, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, options.request_ms);
  rd_kafka_DescribeConsumerGroups(client, names.data(), names.size(), asking.get(), answers.get());
  const auto reply = answer_of(answers.get(), options);
  if (!reply) return reply.error();
  std::size_t count = 0;
  const auto** told = rd_kafka_DescribeConsumerGroups_result_groups(rd_kafka_event_DescribeConsumerGroups_result(reply->get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    GroupProgress& group = *groups.at(rd_kafka_ConsumerGroupDescription_group_id(told[i]));
    if (const auto* error = rd_kafka_ConsumerGroupDescription_error(told[i]); error != nullptr && rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_NO_ERROR)
      return Error("group " + group.group + " could not be asked for: " + rd_kafka_error_string(error));
    group.state = lower(rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(told[i])));
    const std::size_t members = rd_kafka_ConsumerGroupDescription_member_count(told[i]);
    for (std::size_t m = 0; m < members; ++m) group.members.push_back(member_of(rd_kafka_ConsumerGroupDescription_member(told[i], m)));
  }
  return ok();
}

// librdkafka takes one group a request; they are on their way together.
Result<Done> ask_committed(rd_kafka_t* client, const GroupsOptions& options, ByGroup& groups) {
  const Queue answers(rd_kafka_queue_new(client));
  const auto asking = admin_options(client, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, options.request_ms);
  for (const auto& [name, progress] : groups) {
    const OffsetsRequest request(rd_kafka_ListConsumerGroupOffsets_new(name.c_str(), nullptr));
    rd_kafka_ListConsumerGroupOffsets_t* one = request.get();
    rd_kafka_ListConsumerGroupOffsets(client, &one, 1, asking.get(), answers.get());
  }
  for (std::size_t left = groups.size(); left > 0; --left) {
    const auto reply = answer_of(answers.get(), options);
    if (!reply) return reply.error();
    std::size_t count = 0;
    const auto** told = rd_kafka_ListConsumerGroupOffsets_result_groups(rd_kafka_event_ListConsumerGroupOffsets_result(reply->get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
      GroupProgress& group = *groups.at(rd_kafka_group_result_name(told[i]));
      if (const auto* error = rd_kafka_group_result_error(told[i]); error != nullptr && rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return Error("the positions of group " + group.group + " could not be asked for: " + rd_kafka_error_string(error));
      const auto* partitions = rd_kafka_group_result_partitions(told[i]);
      for (int p = 0; partitions != nullptr && p < partitions->cnt; ++p) {
        const auto& part = partitions->elems[p];
        const auto found = group.positions.find({part.topic, part.partition});
        if (found != group.positions.end() && part.offset >= 0) found->second.committed = part.offset;
      }
    }
  }
  return ok();
}

}  // namespace

std::int64_t GroupProgress::lag() const {
  std::int64_t sum = 0;
  for (const auto& [at, position] : positions) sum += position.lag();
  return sum;
}

Result<std::vector<GroupProgress>> read_groups(const GroupsOptions& options, const std::vector<GroupQuestion>& questions, Say say) {
  std::vector<GroupProgress> all(questions.size());
  if (questions.empty()) return all;
  Voice voice(std::move(say), "groups");
  const auto client = make_client(options, voice);
  if (!client) return client.error();

  std::set<std::string> topics;
  for (const GroupQuestion& question : questions) topics.insert(question.topics.begin(), question.topics.end());
  const auto partitions = partitions_of(client->get(), {topics.begin(), topics.end()}, options.request_ms);
  if (!partitions) return partitions.error();
  const auto ends = log_ends(client->get(), *partitions, options.request_ms);
  if (!ends) return ends.error();

  ByGroup groups;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    all[i].group = questions[i].group;
    groups[questions[i].group] = &all[i];
    for (const std::string& topic : questions[i].topics)
      for (auto end = ends->lower_bound({topic, 0}); end != ends->end() && end->first.first == topic; ++end)
        all[i].positions[end->first] = {.committed = std::nullopt, .first = end->second.first, .next = end->second.next};
  }
  if (auto asked = ask_members(client->get(), options, groups); !asked) return asked.error();
  if (auto asked = ask_committed(client->get(), options, groups); !asked) return asked.error();
  return all;
}

}  // namespace gofuture
