#include "kafka/shared_reader.hpp"

#include <poll.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "base/mailbox.hpp"
#include "base/thread_name.hpp"
#include "kafka/client.hpp"
#include "kafka/message_view.hpp"
#include "kafka/partition_list.hpp"
#include "kafka/wakeup.hpp"

namespace gofuture {

using namespace kafka;

// Reads one topic. Lives as long as a record that came through it.
struct SharedReader::Client {
  explicit Client(std::shared_ptr<Voice> spoken_through) : voice(std::move(spoken_through)) {}
  std::shared_ptr<Voice> voice;
  Consumer consumer;
  Queue queue;
};

// What was fed to one function and not taken yet.
struct SharedReader::Basket {
  std::vector<Fed> filling;  // the reader's thread
  std::set<Where> followed;  // the reader's thread
  std::mutex mutex;
  std::vector<Fed> waiting;
  Wakeup* wakeup = nullptr;  // null: the follower has gone
};

namespace {

constexpr int kTurn = 2'000;  // messages, before what they are is handed over and requests are heard again

Properties properties() {
  Properties list = fetching("16384");
  list.insert(list.end(), {{"group.id", "gofuture-reader"},  // librdkafka wants one; it is never joined, nothing is committed
                           {"client.id", "gofuture-shared-reader"},
                           {"enable.partition.eof", "true"}});
  return list;
}

// The bytes of a message that several functions read. Its headers are parsed before: librdkafka does it on demand, for one thread only.
struct Shared {
  std::shared_ptr<void> client;  // goes after the message
  Message message;
  rd_kafka_headers_t* headers = nullptr;
};

class SharedHold : public RecordHold {
 public:
  explicit SharedHold(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  void headers(std::vector<Header>& into) const override { list_headers(shared_->headers, into); }

 private:
  std::shared_ptr<Shared> shared_;
};

Record record_of(const std::shared_ptr<Shared>& shared, const TopicPartition& at) {
  Record record = view_of(*shared->message);
  record.topic = at.topic;
  record.hold = HoldPointer(new SharedHold(shared));
  return record;
}

}  // namespace

class SharedReader::Thread {
 public:
  Thread(SharedReaderOptions options, Say say)
      : options_(std::move(options)), voice_(std::make_shared<Voice>(std::move(say), "the shared reader")) {
    thread_ = std::thread([this] { run(); });
  }
  ~Thread() {
    stopping_ = true;
    wakeup_.ring();
    thread_.join();
    for (const auto& [topic, client] : clients_) {
      rd_kafka_queue_io_event_enable(client->queue.get(), -1, nullptr, 0);
      rd_kafka_assign(client->consumer.get(), nullptr);
    }
  }

  void ask(std::shared_ptr<Basket> basket, std::vector<Ask> asks) { requests_.post({std::move(basket), std::move(asks)}); }
  void forget(std::shared_ptr<Basket> basket) { requests_.post({std::move(basket), {}}); }
  std::shared_ptr<const Client> client_of(const std::string& topic) const {
    const std::lock_guard lock(mutex_);
    const auto found = clients_.find(topic);
    return found == clients_.end() ? nullptr : found->second;
  }

 private:
  struct Request {
    std::shared_ptr<Basket> basket;
    std::vector<Ask> asks;  // none: it has gone
  };
  struct Following {
    std::shared_ptr<Basket> basket;
    TopicPartition at;
    std::uint64_t token;
  };
  struct Reading {  // of one partition; kept when nobody follows it any more
    std::int64_t next = 0;  // every record before was handed on, or nobody wanted it
    std::vector<Following> followers;
  };

  Reading& reading_of(const Where& where) { return readings_[where.first][where.second]; }

  void run() {
    name_this_thread("shared-reader");
    while (!stopping_) {
      pollfd fds[] = {{wakeup_.wait_fd(), POLLIN, 0}, {requests_.wait_fd(), POLLIN, 0}};
      ::poll(fds, 2, -1);
      hear();
      read();
      hand_over();
    }
  }

  void hear() {
    requests_.take(heard_);
    Offsets begun;
    std::set<Where> ended;
    for (Request& request : heard_) {
      if (request.asks.empty()) {
        for (const Where& where : std::set<Where>(request.basket->followed)) leave(where, *request.basket, ended);
        baskets_.erase(request.basket);
        continue;
      }
      baskets_.insert(request.basket);
      for (const Ask& ask : request.asks) {
        if (request.basket->followed.contains(ask.where)) leave(ask.where, *request.basket, ended);
        if (ask.token != 0) follow(request.basket, ask, begun, ended);
      }
    }
    heard_.clear();
    // Followed and left before its reading began: there is nothing to end and nothing to begin.
    std::erase_if(begun, [&ended](const auto& one) { return ended.erase(one.first) > 0; });
    end(ended);
    begin(begun);
  }

  void follow(const std::shared_ptr<Basket>& basket, const Ask& ask, Offsets& begun, std::set<Where>& ended) {
    Reading& reading = reading_of(ask.where);
    if (reading.followers.empty() && ended.erase(ask.where) == 0) {
      reading.next = std::max(reading.next, ask.from);  // never back: what librdkafka still brings of the time before lies behind it
      begun[ask.where] = reading.next;
    }
    reading.followers.push_back({basket, ask.at, ask.token});
    basket->followed.insert(ask.where);
    basket->filling.push_back({Fed::Kind::kFollowed, ask.at, ask.token, reading.next});
  }

  void leave(const Where& where, Basket& basket, std::set<Where>& ended) {
    Reading& reading = reading_of(where);
    std::erase_if(reading.followers, [&](const Following& one) { return one.basket.get() == &basket; });
    basket.followed.erase(where);
    if (reading.followers.empty()) ended.insert(where);
  }

  // All who follow this partition read it for themselves again, and meet there what has happened.
  void leave_all(const Where& where, std::set<Where>& ended) {
    for (const Following& one : std::vector<Following>(reading_of(where).followers)) {
      one.basket->filling.push_back({Fed::Kind::kLeft, one.at, one.token});
      leave(where, *one.basket, ended);
    }
  }

  void read() {
    wakeup_.drain();
    std::set<Where> ended;
    for (const auto& [topic, client] : clients_) {
      auto& readings = readings_[topic];
      int taken = 0;
      while (taken < kTurn && take_one(topic, readings, client, ended)) ++taken;
      if (taken > 0) voice_->recovered("brokers", "Kafka answers again");
      if (taken == kTurn) wakeup_.ring();  // librdkafka rings only when something comes into an empty queue
    }
    end(ended);
  }

  bool take_one(const std::string& topic, std::map<std::int32_t, Reading>& readings, const std::shared_ptr<Client>& client, std::set<Where>& ended) {
    Message message(rd_kafka_consumer_poll(client->consumer.get(), 0));
    if (!message) return false;
    if (message->rkt == nullptr || message->partition < 0) {
      voice_->library_error(message->err, rd_kafka_message_errstr(message.get()));
    } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      Reading& reading = readings[message->partition];
      take(reading, client, std::move(message));
    } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      take_end(readings[message->partition], message->offset);
    } else {
      leave_all({topic, message->partition}, ended);
    }
    return true;
  }

  void take(Reading& reading, const std::shared_ptr<Client>& client, Message message) {
    if (message->offset < reading.next) return;
    reading.next = message->offset + 1;
    if (reading.followers.empty()) return;
    auto shared = std::make_shared<Shared>();
    shared->client = client;
    shared->message = std::move(message);
    if (rd_kafka_message_headers(shared->message.get(), &shared->headers) != RD_KAFKA_RESP_ERR_NO_ERROR) shared->headers = nullptr;
    for (const Following& one : reading.followers)
      one.basket->filling.push_back({Fed::Kind::kRecord, one.at, one.token, 0, record_of(shared, one.at)});
  }

  void take_end(const Reading& reading, std::int64_t offset) {
    if (offset < reading.next) return;
    for (const Following& one : reading.followers) one.basket->filling.push_back({Fed::Kind::kEnd, one.at, one.token, offset});
  }

  void hand_over() {
    std::set<Where> ended;
    for (const auto& basket : baskets_) {
      if (basket->filling.empty()) continue;
      bool too_many = false;
      {
        const std::lock_guard lock(basket->mutex);
        const bool was_empty = basket->waiting.empty();
        std::move(basket->filling.begin(), basket->filling.end(), std::back_inserter(basket->waiting));
        too_many = basket->waiting.size() > options_.waiting_max && !basket->followed.empty();
        if (too_many) overflow(*basket, ended);
        if (was_empty && basket->wakeup != nullptr) basket->wakeup->ring();
      }
      basket->filling.clear();
    }
    end(ended);
  }

  // Its thread is busy with something long. What waits stays good; what comes after that it reads for itself.
  void overflow(Basket& basket, std::set<Where>& ended) {
    for (const Where& where : std::set<Where>(basket.followed)) {
      for (const Following& one : reading_of(where).followers)
        if (one.basket.get() == &basket) basket.waiting.push_back({Fed::Kind::kLeft, one.at, one.token});
      leave(where, basket, ended);
    }
  }

  void begin(const Offsets& begun) {
    std::map<std::string, Offsets> by_topic;
    for (const auto& [where, offset] : begun) by_topic[where.first][where] = offset;
    for (const auto& [topic, offsets] : by_topic) {
      std::string why;
      if (const auto client = client_for(topic)) {
        const RdError error(rd_kafka_incremental_assign((*client)->consumer.get(), list_of(offsets).get()));
        if (!error) continue;
        why = rd_kafka_error_string(error.get());
      } else {
        why = client.error().message();
      }
      voice_->say(Level::kWarn, "topic " + topic + " cannot be read for all functions at once (" + why + "); each reads it for itself");
      std::set<Where> unread;
      for (const auto& [where, offset] : offsets) leave_all(where, unread);
    }
  }

  void end(const std::set<Where>& ended) {
    std::map<std::string, std::set<Where>> by_topic;
    for (const Where& where : ended) by_topic[where.first].insert(where);
    for (const auto& [topic, wheres] : by_topic) {
      const RdError error(rd_kafka_incremental_unassign(clients_.at(topic)->consumer.get(), list_of(wheres).get()));
      if (error) voice_->say(Level::kWarn, "what nobody follows any more of topic " + topic + " is read on: " + rd_kafka_error_string(error.get()));
    }
  }

  Result<std::shared_ptr<Client>> client_for(const std::string& topic) {
    if (const auto found = clients_.find(topic); found != clients_.end()) return found->second;
    auto client = std::make_shared<Client>(voice_);
    auto made = make_consumer(options_.brokers, properties(), options_.properties, *voice_, "its reader");
    if (!made) return made.error();
    client->consumer = std::move(*made);
    rd_kafka_poll_set_consumer(client->consumer.get());
    client->queue.reset(rd_kafka_queue_get_consumer(client->consumer.get()));
    const std::uint64_t one = 1;
    rd_kafka_queue_io_event_enable(client->queue.get(), wakeup_.event_fd(), &one, sizeof one);
    const std::lock_guard lock(mutex_);
    clients_.emplace(topic, client);
    return client;
  }

  const SharedReaderOptions options_;
  const std::shared_ptr<Voice> voice_;
  Wakeup wakeup_;
  Mailbox<Request> requests_;
  std::vector<Request> heard_;
  std::set<std::shared_ptr<Basket>> baskets_;
  std::map<std::string, std::map<std::int32_t, Reading>> readings_;  // by topic and partition
  mutable std::mutex mutex_;  // for others than the thread itself
  std::map<std::string, std::shared_ptr<Client>> clients_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

SharedReader::SharedReader(std::unique_ptr<Thread> thread) : thread_(std::move(thread)) {}
SharedReader::~SharedReader() = default;

Result<std::unique_ptr<SharedReader>> SharedReader::open(SharedReaderOptions options, Say say) {
  if (auto conf = make_conf(options.brokers, properties(), options.properties, nullptr); !conf) return conf.error();
  return std::unique_ptr<SharedReader>(new SharedReader(std::make_unique<Thread>(std::move(options), std::move(say))));
}

std::unique_ptr<SharedReader::Follower> SharedReader::follower(Wakeup& wakeup) {
  auto basket = std::make_shared<Basket>();
  basket->wakeup = &wakeup;
  return std::make_unique<Follower>(*thread_, std::move(basket));
}

std::optional<std::int64_t> SharedReader::end_of(const Where& where) const {
  const auto client = thread_->client_of(where.first);
  if (!client) return std::nullopt;
  std::int64_t low = 0, high = 0;
  const auto error = rd_kafka_get_watermark_offsets(client->consumer.get(), where.first.c_str(), where.second, &low, &high);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0) return std::nullopt;
  return high;
}

SharedReader::Follower::~Follower() {
  {
    const std::lock_guard lock(basket_->mutex);
    basket_->wakeup = nullptr;
  }
  thread_.forget(basket_);
}

void SharedReader::Follower::ask(std::vector<Ask> asks) {
  if (!asks.empty()) thread_.ask(basket_, std::move(asks));
}

void SharedReader::Follower::take(std::vector<Fed>& into) {
  into.clear();
  const std::lock_guard lock(basket_->mutex);
  into.swap(basket_->waiting);
}

}  // namespace gofuture
