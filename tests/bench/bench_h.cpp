// bench_h [repeats] [quiet seconds]: bench H, from exec to the first event handled, after an orderly stop and after SIGKILL, and what the process
// weighs when it has nothing to do: `gofuture run` with every function of the ride platform, beside a Kafka Streams pass-through over as many
// partitions. Starts take turns: whoever started after an orderly stop is killed. The script of the same name prepares the platform and says where all of it is.
#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/assert.hpp"
#include "bench/child.hpp"
#include "bench/output_log.hpp"
#include "bench/preload.hpp"
#include "bench/report.hpp"
#include "bench/side.hpp"
#include "integration/kafka_backdoor.hpp"
#include "postgres/connection.hpp"

namespace {

using namespace gofuture::bench;
using gofuture::PgConnection;

constexpr double kPatienceS = 120;
constexpr int kReaders = 4;  // functions that handle DriverRejected
constexpr const char* kOut = "bench.h.out";
const std::vector<int> kPlatform = {128, 256, 64, 64, 32, 32};  // partitions of its topics

struct Weight {
  double rss_mib = 0, pss_mib = 0;
};
struct Results {
  std::vector<double> stopped, killed;          // exec to the first event handled, s
  std::vector<double> stopped_all, killed_all;  // to its effects in every function that handles it
  std::vector<double> ready;                    // to /readyz
  std::vector<double> rss, pss;                 // idle, MiB
};

void await(Child& child, double began_s, const char* what, const std::function<bool()>& done) {
  while (!done()) {
    if (!child.lives()) child.complain(std::string("ended before ") + what);
    if (now_s() - began_s > kPatienceS) child.complain(std::string("took too long: ") + what);
    ::usleep(1'000);
  }
}

Weight weigh(Child& child, double quiet_s) {
  ::usleep(static_cast<useconds_t>(quiet_s * 1e6));
  return {static_cast<double>(child.rss_kib()) / 1024, static_cast<double>(child.pss_kib()) / 1024};
}

bool answers_200(const std::string& url) {
  CURL* curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, +[](char*, size_t size, size_t count, void*) { return size * count; });
  long status = 0;
  if (curl_easy_perform(curl) == CURLE_OK) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_cleanup(curl);
  return status == 200;
}

// One start of ours: an event waits, four functions are to handle it. It is handled when its row stands in the inbox.
void start_ours(PgConnection& database, const std::filesystem::path& scratch, double quiet_s, bool after_kill, Results* results) {
  const std::string booking = gofuture::test::unique_name("bench");
  const auto row = database.run("INSERT INTO ride.bookings (booking_id, rider_id, region_id, pickup_lat, pickup_lon, amount_minor, currency)"
                                " VALUES ($1, 'r-1', '3776:-12243', 37.765, -122.425, 1250, 'USD')", {{booking}});  // as the riders' app does
  GOFUTURE_ASSERT(row.ok(), "a booking can be made");
  const std::string id = send_event({"booking.events", "DriverRejected", "3776:-12243", R"({"booking_id":")" + booking + R"(","region_id":"3776:-12243","driver_id":"d-1"})"});
  const auto handled = [&] {
    const auto rows = database.run("SELECT count(*) FROM gofuture.inbox WHERE event_id = $1::uuid AND outcome < 2", {{id}});
    GOFUTURE_ASSERT(rows.ok(), "the inbox can be read");
    return rows.number(0, 0);
  };
  GOFUTURE_ASSERT(handled() == 0, "the event waits");
  const double began_s = now_s();
  Child child("ours", {setting("BENCH_GOFUTURE"), "run"}, {}, scratch.string(), (scratch / "ours.log").string());
  await(child, began_s, "its first event was handled", [&] { return handled() > 0; });
  const double first_s = now_s() - began_s;
  await(child, began_s, "every function had handled the event", [&] { return handled() == kReaders; });
  const double all_s = now_s() - began_s;
  const std::string ready = "http://" + setting("GOFUTURE_LISTEN") + "/readyz";
  await(child, began_s, "it was ready", [&] { return answers_200(ready); });
  const double ready_s = now_s() - began_s;
  if (results != nullptr) {
    (after_kill ? results->killed : results->stopped).push_back(first_s);
    (after_kill ? results->killed_all : results->stopped_all).push_back(all_s);
    results->ready.push_back(ready_s);
    const Weight weight = weigh(child, quiet_s);
    results->rss.push_back(weight.rss_mib);
    results->pss.push_back(weight.pss_mib);
    std::printf("ours, after %s: first %.3f s, in all functions %.3f s, ready %.3f s; idle RSS %.1f MiB, Pss %.1f MiB\n", after_kill ? "SIGKILL" : "an orderly stop", first_s, all_s, ready_s,
                weight.rss_mib, weight.pss_mib);
    std::fflush(stdout);
  }
  if (results == nullptr || after_kill) child.end();
  else child.kill();
}

std::string topic_of(std::size_t number) { return "bench.h." + std::to_string(number); }

// One start of Kafka Streams: handled is what stands in the output topic.
void start_streams(OutputLog& log, const std::filesystem::path& scratch, const std::string& application, double quiet_s, bool after_kill, Results* results) {
  const auto before = log.records();
  send_event({topic_of(0), "Happened", "k1", R"({"key":"k1","n":1,"note":"x"})"});
  std::string topics;
  for (std::size_t i = 0; i < kPlatform.size(); ++i) topics += (i > 0 ? "," : "") + topic_of(i);
  const double began_s = now_s();
  Child child("Kafka Streams", streams_command("-Xmx512m -XX:+UseSerialGC", application, topics, kOut, scratch), {}, scratch.string(), (scratch / "streams.log").string());
  await(child, began_s, "its first event was handled", [&] { return log.records() > before; });
  const double first_s = now_s() - began_s;
  if (results != nullptr) {
    (after_kill ? results->killed : results->stopped).push_back(first_s);
    const Weight weight = weigh(child, quiet_s);
    results->rss.push_back(weight.rss_mib);
    results->pss.push_back(weight.pss_mib);
    std::printf("Kafka Streams, after %s: first %.3f s; idle RSS %.1f MiB, Pss %.1f MiB\n", after_kill ? "SIGKILL" : "an orderly stop", first_s, weight.rss_mib, weight.pss_mib);
    std::fflush(stdout);
  }
  if (results == nullptr || after_kill) child.end();
  else child.kill();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const int repeats = argc > 1 ? std::atoi(argv[1]) : 5;
  const double quiet_s = argc > 2 ? std::atof(argv[2]) : 10;
  const auto scratch = std::filesystem::temp_directory_path() / ("bench_h_" + std::to_string(::getpid()));
  std::filesystem::create_directories(scratch);
  auto opened = PgConnection::open(setting("GOFUTURE_POSTGRES"), "gofuture bench");
  GOFUTURE_ASSERT(opened, "Postgres can be reached");
  for (std::size_t i = 0; i < kPlatform.size(); ++i) make_topic(topic_of(i), kPlatform[i]);
  make_topic(kOut, 1);
  OutputLog log(kOut, 1);
  const std::string application = gofuture::test::unique_name("bench-h");

  Results ours, streams;
  // Once without measuring: groups, offsets and days are made. It ends in order, so the first that counts starts after an orderly stop.
  start_ours(*opened, scratch, 0, false, nullptr);
  start_streams(log, scratch, application, 0, false, nullptr);
  for (int i = 0; i < repeats; ++i) {
    for (const bool killed : {false, true}) start_ours(*opened, scratch, quiet_s, killed, &ours);
    for (const bool killed : {false, true}) start_streams(log, scratch, application, quiet_s, killed, &streams);
  }
  std::printf("\n");
  tell("ours: exec to first event, after an orderly stop, s (0.7)", ours.stopped, 3);
  tell("ours: exec to first event, after SIGKILL, s (0.7)", ours.killed, 3);
  tell("ours: to its effect in all four functions, orderly, s", ours.stopped_all, 3);
  tell("ours: to its effect in all four functions, SIGKILL, s", ours.killed_all, 3);
  tell("ours: exec to ready, s", ours.ready, 3);
  tell("ours: idle RSS, MiB (64)", ours.rss, 1);
  tell("ours: idle Pss, MiB", ours.pss, 1);
  tell("Kafka Streams: exec to first event, after an orderly stop, s", streams.stopped, 3);
  tell("Kafka Streams: exec to first event, after SIGKILL, s", streams.killed, 3);
  tell("Kafka Streams: idle RSS, MiB", streams.rss, 1);
  tell("Kafka Streams: idle Pss, MiB", streams.pss, 1);
  std::printf("Kafka Streams / ours: start after an orderly stop %.1f, after SIGKILL %.1f; idle RSS %.1f\n", median(streams.stopped) / median(ours.stopped),
              median(streams.killed) / median(ours.killed), median(streams.rss) / median(ours.rss));
  for (std::size_t i = 0; i < kPlatform.size(); ++i) remove_topic(topic_of(i));
  remove_topic(kOut);
  std::filesystem::remove_all(scratch);
  return 0;
}
