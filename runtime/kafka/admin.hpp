// Admin: KafkaTopics' client. Each request is a plain function that blocks until its answer, as sentences or facts.
#pragma once

#include <functional>
#include <set>

#include "kafka/client.hpp"
#include "kafka/start_offsets.hpp"
#include "kafka/topics.hpp"

namespace gofuture {

class KafkaTopics::Admin {
 public:
  static Result<std::unique_ptr<Admin>> connect(TopicsOptions options, kafka::Say say);

  Result<std::vector<ExistingTopic>> list();
  // The settings that each topic has, with whether they are its own.
  struct Setting {
    std::string value;
    bool own = false;
  };
  Result<std::map<std::string, std::map<std::string, Setting>>> settings(const std::vector<std::string>& topics);

  Result<Done> create(const std::vector<TopicDifference>& all);
  Result<Done> grow(const std::vector<TopicDifference>& all);
  Result<Done> configure(const std::vector<TopicDifference>& all);
  Result<Done> remove(const std::vector<std::string>& names);
  // Until every partition of these topics has a leader that answers.
  Result<Done> await_ready(const std::map<std::string, std::int32_t>& partitions);

 private:
  Admin(TopicsOptions options, kafka::Say say) : options_(std::move(options)), voice_(std::move(say), "topics") {}
  Result<kafka::Reply> answer_of(rd_kafka_admin_op_t operation,
                                 const std::function<void(rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>& request);

  const TopicsOptions options_;
  kafka::Voice voice_;
  kafka::Producer client_;
};

}  // namespace gofuture
