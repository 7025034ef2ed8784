// Figures of the relay: what it adds to an event on a quiet system, and how fast it drains a backlog. Not a test: it asserts
// nothing. GOFUTURE_POSTGRES and GOFUTURE_KAFKA name the stack.
//
//   relay_measure latency|drain [memory|kafka] [COUNT]
//   relay_measure steady [memory|kafka] [ROWS PER SECOND]   for 20 s, in transactions of five, over 128 partitions
#include <librdkafka/rdkafka.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "integration/kafka_backdoor.hpp"
#include "integration/postgres_database.hpp"
#include "kafka/sink.hpp"
#include "kafka/topics.hpp"
#include "postgres/relay.hpp"

namespace gofuture::test {
namespace {

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Of another process, by its pid.
double cpu_seconds_of(const std::string& pid) {
  std::ifstream stat("/proc/" + pid + "/stat");
  std::string skipped;
  std::getline(stat, skipped, ')');
  for (int i = 0; i < 11; ++i) stat >> skipped;
  double user = 0, system = 0;
  stat >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

kafka::Say quiet() {
  return [](kafka::Level, const std::string&) {};
}

// Acknowledges at once and notes when the newest record came.
class Arrivals : public Sink {
 public:
  Result<Done> send(const OutgoingRecord&, std::uint64_t token) override {
    at_us = now_us();
    ++count;
    acks->acked(token, std::nullopt);
    return ok();
  }
  Acks* acks = nullptr;
  std::atomic<std::int64_t> at_us{0}, count{0};
};

// Reads one partition as fast as it can and notes the same.
class Reader {
 public:
  explicit Reader(const std::string& topic) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char error[512];
    const auto set = [&](const char* name, const std::string& value) { rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error); };
    set("bootstrap.servers", kafka_brokers());
    set("group.id", topic);
    set("enable.auto.commit", "false");
    set("fetch.wait.max.ms", "5");
    set("socket.nagle.disable", "true");
    consumer_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer_, list);
    rd_kafka_topic_partition_list_destroy(list);
    thread_ = std::thread([this] {
      while (!stopping) {
        rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer_, 50);
        if (message == nullptr) continue;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
          at_us = now_us();
          ++count;
        }
        rd_kafka_message_destroy(message);
      }
    });
  }
  ~Reader() {
    stopping = true;
    thread_.join();
    rd_kafka_consumer_close(consumer_);
    rd_kafka_destroy(consumer_);
  }
  std::atomic<std::int64_t> at_us{0}, count{0};
  std::atomic<bool> stopping{false};

 private:
  rd_kafka_t* consumer_ = nullptr;
  std::thread thread_;
};

struct Bench {
  Bench(bool with_kafka, std::int32_t partitions)
      : topic(unique_name("measure")),
        slot("relay_measure_" + std::to_string(::getpid())),
        relay({.conninfo = db.conninfo(), .slot = slot}, [](Probe::Level level, const std::string& sentence) {
          if (level >= Probe::Level::kWarn) std::fprintf(stderr, "%s\n", sentence.c_str());
        }) {
    db.run("ALTER TABLE gofuture.events_outbox DROP CONSTRAINT IF EXISTS events_outbox_topic");
    db.run("SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
    arrivals.acks = &relay;
    if (!with_kafka) return;
    admin = std::move(*KafkaTopics::connect({.brokers = kafka_brokers(), .properties = {}}, quiet()));
    auto plan = admin->plan({{topic, partitions, {}}}, 1);
    if (!plan || !admin->apply(*plan)) std::exit(1);
    sink = std::move(*KafkaSink::open({.brokers = kafka_brokers(), .properties = {}, .client_id = "relay"}, relay, quiet()));
  }
  ~Bench() {
    relay.stop();
    sink.reset();
    if (admin) (void)admin->remove({topic});
    db.wait_until("NOT active FROM pg_replication_slots WHERE slot_name = '" + slot + "'");
    db.run("SELECT pg_drop_replication_slot('" + slot + "')");
  }
  void start() { relay.start(sink ? static_cast<Sink&>(*sink) : arrivals); }
  std::string insert(int count) const {
    return "INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload, subject, time, correlationid, causationid,"
           " traceparent) SELECT gen_random_uuid(), 'gofuture/start_payment', 'region-' || n % 997, 'PaymentInitiated', '" + topic +
           "', convert_to(repeat('x', 300), 'UTF8'), 'b-' || n, '2025-11-22T12:00:01.204Z', 'b-' || n, gen_random_uuid()::text,"
           " '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' FROM generate_series(1, " + std::to_string(count) + ") n";
  }

  TestDatabase db;
  const std::string topic, slot;
  Relay relay;
  Arrivals arrivals;
  std::unique_ptr<KafkaTopics> admin;
  std::unique_ptr<KafkaSink> sink;
};

void latency(bool with_kafka, int count) {
  Bench bench(with_kafka, 1);
  bench.start();
  std::unique_ptr<Reader> reader;
  if (with_kafka) reader = std::make_unique<Reader>(bench.topic);
  auto& came = with_kafka ? reader->count : bench.arrivals.count;
  auto& at = with_kafka ? reader->at_us : bench.arrivals.at_us;
  std::vector<double> from_insert, from_commit;
  for (int i = 0; i < count + 50; ++i) {
    const std::int64_t before = came;
    const std::int64_t began = now_us();
    bench.db.run(bench.insert(1));
    const std::int64_t committed = now_us();
    while (came == before) std::this_thread::sleep_for(std::chrono::microseconds(20));
    if (i < 50) continue;  // warming up
    from_insert.push_back(static_cast<double>(at - began) / 1000);
    from_commit.push_back(static_cast<double>(at - committed) / 1000);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const auto tell = [&](const char* what, std::vector<double> ms) {
    std::sort(ms.begin(), ms.end());
    std::printf("%s, %s: p50 %.2f  p90 %.2f  p99 %.2f  max %.2f ms (n %zu)\n", with_kafka ? "kafka" : "memory", what, ms[ms.size() / 2],
                ms[ms.size() * 9 / 10], ms[ms.size() * 99 / 100], ms.back(), ms.size());
  };
  tell("COMMIT answered -> arrived", from_commit);
  tell("INSERT sent -> arrived", from_insert);
}

void drain(bool with_kafka, int count) {
  Bench bench(with_kafka, 128);
  for (int done = 0; done < count; done += 500) bench.db.run(bench.insert(500));
  const std::int64_t began = now_us();
  const double cpu = cpu_seconds();
  bench.start();
  double sender = 0;
  while (bench.relay.status().rows < static_cast<std::uint64_t>(count)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto pid = bench.db.ask("SELECT active_pid FROM pg_replication_slots WHERE slot_name = '" + bench.slot + "'");
    if (!pid.empty()) sender = cpu_seconds_of(pid);
  }
  const double seconds = static_cast<double>(now_us() - began) / 1e6, used = cpu_seconds() - cpu, million = count / 1e6;
  std::printf("%s: %d rows in %.2f s = %.0f rows/s; relay process %.2f CPU s per million, walsender %.2f\n", with_kafka ? "kafka" : "memory", count,
              seconds, count / seconds, used / million, sender / million);
}

void steady(bool with_kafka, int rate) {
  Bench bench(with_kafka, 128);
  bench.start();
  std::vector<double> delay_ms;
  std::size_t outstanding = 0;
  const double cpu = cpu_seconds();
  const std::int64_t began = now_us();
  for (std::int64_t written = 0; now_us() - began < 20'000'000;) {
    if (written * 1'000'000 / rate > now_us() - began) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      continue;
    }
    bench.db.run(bench.insert(5));
    written += 5;
    const RelayStatus status = bench.relay.status();
    delay_ms.push_back(static_cast<double>(status.delay_us) / 1000);
    outstanding = std::max(outstanding, status.outstanding);
  }
  std::sort(delay_ms.begin(), delay_ms.end());
  std::printf("%s at %d rows/s: COMMIT -> acknowledged p50 %.2f  p90 %.2f  p99 %.2f  max %.2f ms; at most %zu outstanding; %.2f CPU s of this process\n",
              with_kafka ? "kafka" : "memory", rate, delay_ms[delay_ms.size() / 2], delay_ms[delay_ms.size() * 9 / 10],
              delay_ms[delay_ms.size() * 99 / 100], delay_ms.back(), outstanding, cpu_seconds() - cpu);
}

}  // namespace
}  // namespace gofuture::test

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "latency";
  const bool with_kafka = argc <= 2 || std::string(argv[2]) == "kafka";
  if (what == "drain")
    gofuture::test::drain(with_kafka, argc > 3 ? std::atoi(argv[3]) : 500'000);
  else if (what == "steady")
    gofuture::test::steady(with_kafka, argc > 3 ? std::atoi(argv[3]) : 1'000);
  else
    gofuture::test::latency(with_kafka, argc > 3 ? std::atoi(argv[3]) : 1'000);
}
