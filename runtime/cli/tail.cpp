#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <set>

#include "cli/commands.hpp"
#include "cli/kafka_voice.hpp"
#include "cli/seen_event.hpp"
#include "cli/tail_choice.hpp"
#include "cli/terminal.hpp"

namespace gofuture::cli {
namespace {

struct TailOptions {
  std::vector<std::string> words;
  std::string from = "end";
  std::optional<std::string> key, correlation;
  std::uint64_t limit = 0;  // 0: none
  bool dead = false, to_end = false;
};

bool wanted(const TailOptions& options, const std::set<std::string>& types, const SeenEvent& event) {
  if (!types.empty() && !types.contains(event.type)) return false;
  if (options.key && event.key != *options.key) return false;
  return !options.correlation || event.correlation == *options.correlation;
}

// Somebody who looks at an empty screen should know what it waits for.
void announce(const TailOptions& options, const TypesByTopic& topics) {
  if (isatty(STDERR_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) return;
  std::string names;
  for (const auto& [topic, types] : topics) names += (names.empty() ? "" : ", ") + topic;
  std::cerr << "reading " << names << " from " << options.from
            << (options.from == "end" ? " (--from -5m or beginning shows what was before)" : "") << "; Ctrl-C ends it\n";
}

int tail(const Common& common, const TailOptions& options) {
  Settings settings;
  Manifests manifests;
  if (!read_settings(common, settings) || !read_manifests(settings, manifests)) return kWrongUsage;
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const auto from = parse_from(options.from, now);
  if (!from) return wrong(from.error());
  const auto topics = chosen(manifests, settings, options.words, options.dead);
  if (!topics) return wrong(topics.error());
  if (auto named = named_brokers(settings); !named) return fail(named.error());

  TopicReaderOptions reading{.brokers = settings.kafka_brokers, .properties = settings.kafka_properties, .topics = {}, .from = *from};
  for (const auto& [topic, types] : *topics) reading.topics.push_back(topic);
  const auto reader = TopicReader::open(std::move(reading), kafka_voice());
  if (!reader) return fail(reader.error());
  announce(options, *topics);

  constexpr int kWaitMs = 200;
  const Paint paint(common.colour);
  const bool clip = isatty(STDOUT_FILENO) != 0;
  for (std::uint64_t shown = 0; options.limit == 0 || shown < options.limit;) {
    auto record = (*reader)->next(0);
    if (!record) {
      std::cout.flush();  // a burst is written at once, and nothing waits in a buffer while nothing comes
      if (options.to_end && (*reader)->at_end()) break;
      record = (*reader)->next(kWaitMs);
    }
    if (!record) continue;
    const SeenEvent event = seen(record->topic, record->record);
    if (!wanted(options, topics->at(record->topic), event)) continue;
    ++shown;
    if (common.json) std::cout << as_json(event) << '\n';
    else std::cout << as_line(event, paint, clip ? terminal_size().columns : 0);
  }
  std::cout.flush();
  return kDone;
}

}  // namespace

void add_tail(CLI::App& app, Common& common) {
  CLI::App& command = add_command(app, "tail",
                                  "Show events as they come: of a topic, a type, or all that a function subscribes to\n\n"
                                  "Examples\n"
                                  "  gofuture tail\n"
                                  "  gofuture tail refund_payment --from -5m\n"
                                  "  gofuture tail PaymentFailed --json | jq .data.reason\n"
                                  "  gofuture tail --dead --from beginning --to-end\n\n"
                                  "No consumer group is made and no position is moved. Committed events only; order holds within a partition.\n"
                                  "Columns: time (UTC), type, key, subject, data. --json prints one document for each event.");
  auto options = std::make_shared<TailOptions>();
  command.add_option("what", options->words, "Functions, event types or topics (default: every topic of the catalogue)")->type_name("NAME");
  command.add_option("--from", options->from, "beginning, end, -5m (s, m, h, d) or a time (default: end)")->type_name("START");
  command.add_option("--key", options->key, "Only events with this record key");
  command.add_option("--correlation", options->correlation, "Only events with this correlation id")->type_name("ID");
  command.add_option("--limit", options->limit, "End after so many events")->type_name("N")->check(CLI::PositiveNumber);
  command.add_flag("--to-end", options->to_end, "End where the topics end now, instead of waiting for more");
  command.add_flag("--dead", options->dead, "Their dead letters instead, with what each one died of");
  prints_json(command, common);
  on(command, common, [&common, options] { return tail(common, *options); });
}

}  // namespace gofuture::cli
