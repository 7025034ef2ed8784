// bench_a [repeats] [events] [sides]: bench A, the pass-through, alternating, each side a process of its own. Sides: letters of o (ours), b (bare),
// e (bare with our envelope), s (Kafka Streams). `bench_a --count EVENTS` runs ours once and says nothing: for a profiler around it.
// The script of the same name builds all of it and says where it is: BENCH_GOFUTURE, BENCH_FUNCTIONS, BENCH_CONFIG, BENCH_BARE, BENCH_STREAMS.
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <vector>

#include "base/assert.hpp"
#include "bench/child.hpp"
#include "bench/output_log.hpp"
#include "bench/preload.hpp"
#include "bench/report.hpp"
#include "bench/side.hpp"
#include "integration/kafka_backdoor.hpp"

namespace {

using gofuture::bench::Child;
using gofuture::bench::now_s;
using gofuture::bench::OutputLog;
using gofuture::bench::setting;
using gofuture::bench::streams_command;
using gofuture::bench::tell;
using gofuture::bench::words;

constexpr int kPartitions = 6;
constexpr const char* kIn = "bench.a.in";
constexpr const char* kOut = "bench.a.out";
constexpr double kPatienceS = 300;
constexpr std::size_t kSample = 1'000;  // records of each partition that are looked at

struct Side {
  std::string name;
  std::vector<std::string> command;
  Child::Environment environment;
  std::string folder;
};

// A group of its own for every run: each reads from the start.
Side side_of(char letter, const std::filesystem::path& scratch) {
  const std::string brokers = gofuture::test::kafka_brokers(), group = gofuture::test::unique_name("bench-a");
  if (letter == 'o') {
    std::vector<std::string> command = words(setting("BENCH_GOFUTURE"));
    command.push_back("run");
    return {"ours", command,
            {{"GOFUTURE_KAFKA", brokers}, {"GOFUTURE_POSTGRES", ""}, {"GOFUTURE_GROUP_PREFIX", group + "-"}, {"GOFUTURE_FUNCTIONS", setting("BENCH_FUNCTIONS")},
             {"GOFUTURE_STATE", (scratch / "state").string()}},
            setting("BENCH_CONFIG")};
  }
  if (letter == 'b') return {"bare", {setting("BENCH_BARE"), brokers, group, kIn, kOut}, {}, scratch.string()};
  if (letter == 'e') return {"bare, our envelope", {setting("BENCH_BARE"), brokers, group, kIn, kOut, "--envelope"}, {}, scratch.string()};
  GOFUTURE_ASSERT(letter == 's', "a side is one of o, b, e, s");
  return {"Kafka Streams", streams_command("-Xms1g -Xmx1g -XX:+UseParallelGC", group, kIn, kOut, scratch), {}, scratch.string()};
}

struct Measured {
  double per_cpu_s = 0, per_s = 0;            // between the first output record and the last
  double later_per_cpu_s = 0, later_per_s = 0;  // of that the second half
  double whole_per_cpu_s = 0, whole_per_s = 0;  // from exec on
  double start_s = 0;                         // exec to the first output record
  std::int64_t peak_rss_kib = 0;
};

struct Moment {
  std::int64_t records = 0;
  double at_s = 0, cpu_s = 0;
};

void rates(const Moment& from, const Moment& to, double& per_cpu_s, double& per_s) {
  const auto events = static_cast<double>(to.records - from.records);
  per_cpu_s = events / (to.cpu_s - from.cpu_s);
  per_s = events / (to.at_s - from.at_s);
}

// Every record of the sample has the three members as they came in, the fourth, an id of its own and the seven headers.
void verify(OutputLog& log, Child& child, std::int64_t events) {
  std::set<std::string> ids;
  std::size_t looked_at = 0;
  for (int partition = 0; partition < kPartitions; ++partition)
    for (const auto& record : log.read(partition, events / kPartitions / 2, kSample)) {
      const auto data = boost::json::parse(record.value).as_object();
      const auto& key = data.at("key").as_string();
      const auto& note = data.at("note").as_string();
      const auto whole = data.at("n").as_int64() + static_cast<std::int64_t>(key.size() + note.size());
      if (data.at("sum").as_int64() != whole || key != record.key || note.find_first_not_of('x') != std::string::npos) child.complain("wrote " + record.value);
      std::map<std::string, std::string> headers(record.headers.begin(), record.headers.end());
      if (headers["ce_type"] != "Passed" || headers["ce_subject"] != record.key || headers["content-type"] != "application/json" || headers.size() < 7)
        child.complain("wrote other headers than it should");
      ids.insert(headers["ce_id"]);
      ++looked_at;
    }
  if (looked_at == 0 || ids.size() != looked_at) child.complain("gave " + std::to_string(ids.size()) + " ids to " + std::to_string(looked_at) + " records");
}

Measured measure(char letter, std::int64_t events, const std::filesystem::path& scratch) {
  gofuture::bench::make_topic(kOut, kPartitions);
  OutputLog log(kOut, kPartitions);
  const Side side = side_of(letter, scratch);
  const double began_s = now_s();
  Child child(side.name, side.command, side.environment, side.folder, (scratch / (std::string(1, letter) + ".log")).string());
  Moment first, half, last;
  while (last.records < events) {
    if (!child.lives()) child.complain("ended before its last event");
    if (now_s() - began_s > kPatienceS) child.complain("wrote " + std::to_string(last.records) + " of " + std::to_string(events) + " events in time");
    ::usleep(3'000);
    last.records = log.records();
    last.at_s = now_s();
    last.cpu_s = child.cpu_s();
    if (first.records == 0 && last.records > 0) first = last;
    if (half.records == 0 && last.records >= events / 2) half = last;
  }
  Measured measured;
  rates(first, last, measured.per_cpu_s, measured.per_s);
  rates(half, last, measured.later_per_cpu_s, measured.later_per_s);
  rates({0, began_s, 0}, last, measured.whole_per_cpu_s, measured.whole_per_s);
  measured.start_s = first.at_s - began_s;
  measured.peak_rss_kib = child.peak_rss_kib();
  child.end();
  if (const auto all = log.records(); all != events) child.complain("wrote " + std::to_string(all) + " records for " + std::to_string(events) + " events");
  verify(log, child, events);
  return measured;
}

using Field = double Measured::*;
std::vector<double> of(const std::vector<Measured>& all, Field field) {
  std::vector<double> values;
  for (const Measured& one : all) values.push_back(one.*field);
  return values;
}

// Of runs that stood beside each other.
void tell_ratio(const std::string& what, const std::vector<Measured>& ours, const std::vector<Measured>& peer, Field field) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < peer.size() && i < ours.size(); ++i) ratios.push_back(ours[i].*field / peer[i].*field);
  tell(what, ratios, 2);
}

void report(std::map<char, std::vector<Measured>>& of_side, const std::string& sides) {
  const std::map<char, std::string> names = {{'o', "ours"}, {'b', "bare"}, {'e', "bare, our envelope"}, {'s', "Kafka Streams"}};
  std::printf("\n");
  for (const char side : sides) {
    const auto& all = of_side[side];
    const std::string& name = names.at(side);
    tell(name + ": events per CPU-second", of(all, &Measured::per_cpu_s), 0);
    tell(name + ": events per second", of(all, &Measured::per_s), 0);
    tell(name + ": the second half, per CPU-second", of(all, &Measured::later_per_cpu_s), 0);
    tell(name + ": the second half, per second", of(all, &Measured::later_per_s), 0);
    tell(name + ": start included, per CPU-second", of(all, &Measured::whole_per_cpu_s), 0);
    tell(name + ": start included, per second", of(all, &Measured::whole_per_s), 0);
    tell(name + ": exec to first record, s", of(all, &Measured::start_s), 2);
    std::vector<double> rss;
    for (const Measured& one : all) rss.push_back(static_cast<double>(one.peak_rss_kib) / 1024);
    tell(name + ": peak RSS, MiB", rss, 0);
  }
  std::printf("\n");
  const auto& ours = of_side['o'];
  tell_ratio("ours / bare, per CPU-second (target 0.85)", ours, of_side['b'], &Measured::per_cpu_s);
  tell_ratio("ours / bare, per second", ours, of_side['b'], &Measured::per_s);
  tell_ratio("ours / bare with our envelope, per CPU-second", ours, of_side['e'], &Measured::per_cpu_s);
  tell_ratio("ours / bare with our envelope, per second", ours, of_side['e'], &Measured::per_s);
  tell_ratio("ours / Kafka Streams, per CPU-second (target 2)", ours, of_side['s'], &Measured::per_cpu_s);
  tell_ratio("ours / Kafka Streams, per second (target 1.5)", ours, of_side['s'], &Measured::per_s);
  tell_ratio("ours / Kafka Streams, second half, per CPU-second", ours, of_side['s'], &Measured::later_per_cpu_s);
  tell_ratio("ours / Kafka Streams, second half, per second", ours, of_side['s'], &Measured::later_per_s);
}

}  // namespace

int main(int argc, char** argv) {
  const bool count = argc > 2 && std::string(argv[1]) == "--count";
  const int repeats = count ? 1 : argc > 1 ? std::atoi(argv[1]) : 5;
  const int events = argc > 2 ? std::atoi(argv[2]) : 1'000'000;
  const std::string sides = count ? "o" : argc > 3 ? argv[3] : "obes";
  const auto scratch = std::filesystem::temp_directory_path() / ("bench_a_" + std::to_string(::getpid()));
  std::filesystem::create_directories(scratch);
  gofuture::bench::make_topic(kIn, kPartitions);
  gofuture::bench::fill_topic(kIn, events, [](int event) { return static_cast<std::uint64_t>(event) * 7919 % 100'000; });
  std::map<char, std::vector<Measured>> of_side;
  for (int i = 0; i < repeats; ++i)
    for (std::size_t turn = 0; turn < sides.size(); ++turn) {
      const char side = sides[(turn + static_cast<std::size_t>(i)) % sides.size()];  // who goes first changes
      const Measured& one = of_side[side].emplace_back(measure(side, events, scratch));
      if (!count) std::printf("repeat %d, %c: %.0f/CPU-s, %.0f/s; first record after %.2f s, peak RSS %lld MiB\n", i + 1, side, one.per_cpu_s, one.per_s, one.start_s,
                              static_cast<long long>(one.peak_rss_kib / 1024));
      std::fflush(stdout);
    }
  if (!count) report(of_side, sides);
  gofuture::bench::remove_topic(kIn);
  gofuture::bench::remove_topic(kOut);
  std::filesystem::remove_all(scratch);
  return 0;
}
