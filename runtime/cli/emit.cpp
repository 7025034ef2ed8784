#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/draft.hpp"
#include "cli/kafka_voice.hpp"
#include "cli/names.hpp"
#include "kafka/deliver.hpp"

namespace gofuture::cli {
namespace {

struct EmitOptions {
  std::string type, data, lines;
  std::optional<std::string> key, subject, correlation, id;
  bool unchecked = false, dry_run = false;
  int timeout_s = 30;
};

// One event's data and where it stood, for messages.
struct Input {
  std::string where, data;
};

Result<std::string> content_of(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error(file + " cannot be read; name a file, or - for standard input");
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<std::vector<Input>> inputs_of(const EmitOptions& options) {
  if (options.data.empty() == options.lines.empty())
    return Error("say what to send: --data JSON (or @FILE, or - for standard input), or --lines FILE with one event's data on each line");
  if (!options.data.empty()) {
    const bool elsewhere = options.data == "-" || options.data.starts_with('@');
    auto text = elsewhere ? content_of(options.data == "-" ? "-" : options.data.substr(1)) : Result<std::string>(options.data);
    if (!text) return text.error();
    text->resize(text->find_last_not_of(" \t\r\n") + 1);  // what an editor leaves behind
    return std::vector<Input>{{"", std::move(*text)}};
  }
  if (options.id) return Error("--id names one event, --lines sends many");
  auto text = content_of(options.lines);
  if (!text) return text.error();
  std::vector<Input> inputs;
  std::istringstream lines(*text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    inputs.push_back({(options.lines == "-" ? "standard input" : options.lines) + ":" + std::to_string(number), std::move(line)});
  }
  if (inputs.empty()) return Error(options.lines + " holds no event");
  return inputs;
}

void print(const Common& common, const Draft& draft, const Delivered* place) {
  if (common.json) {
    boost::json::object out{{"type", draft.type}, {"id", draft.id.text()}, {"time", draft.time}, {"topic", draft.topic},
                            {"partition", nullptr}, {"offset", nullptr}, {"key", draft.key}, {"subject", draft.subject},
                            {"correlation_id", draft.correlation}};
    if (place != nullptr) {
      out["partition"] = place->partition;
      out["offset"] = place->offset;
    }
    std::cout << boost::json::serialize(out) << '\n';
  } else if (place != nullptr) {
    std::cout << draft.topic << '/' << place->partition << '@' << place->offset << "  " << draft.type << "  " << draft.id.text() << '\n';
  } else {
    std::cout << "topic: " << draft.topic << "\nkey: " << draft.key << '\n';
    for (const auto& [name, value] : draft.headers) std::cout << name << ": " << value << '\n';
    std::cout << draft.data << '\n';
  }
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Every mistake of every line at once; nothing is sent while there is one.
Result<std::vector<Draft>> drafts_of(const Manifests& manifests, const EventType& type, const EmitOptions& options) {
  DraftWishes wishes{.key = options.key, .subject = options.subject, .correlation = options.correlation, .unchecked = options.unchecked};
  if (options.id) {
    wishes.id = Uuid::parse(*options.id);
    if (!wishes.id) return Error("--id " + *options.id + " is not a UUID such as 0198c0de-7a3b-7cc1-8d1e-3f2a5b6c7d8e");
  }
  auto inputs = inputs_of(options);
  if (!inputs) return inputs.error();
  auto drafter = Drafter::make(manifests.catalogue, type);
  if (!drafter) return drafter.error();
  std::vector<Draft> drafts;
  std::string mistakes;
  for (Input& input : *inputs) {
    auto draft = drafter->draft(std::move(input.data), wishes, now_ms());
    if (draft) drafts.push_back(std::move(*draft));
    else mistakes += (mistakes.empty() ? "" : "\n") + (input.where.empty() ? draft.error() : draft.error().within(input.where)).message();
  }
  if (!mistakes.empty()) return Error(mistakes + "\nnothing was sent");
  return drafts;
}

int emit(const Common& common, const EmitOptions& options) {
  Settings settings;
  Manifests manifests;
  if (!read_settings(common, settings) || !read_manifests(settings, manifests)) return kWrongUsage;
  const auto type = type_called(manifests.catalogue, settings, options.type);
  if (!type) return wrong(type.error());
  auto drafts = drafts_of(manifests, **type, options);
  if (!drafts) return wrong(drafts.error());
  if (options.dry_run) {
    for (const Draft& draft : *drafts) print(common, draft, nullptr);
    return kDone;
  }
  if (auto named = named_brokers(settings); !named) return fail(named.error());
  std::vector<OutgoingRecord> records;
  for (const Draft& draft : *drafts) records.push_back(draft.record());
  auto places = deliver({.brokers = settings.kafka_brokers, .properties = settings.kafka_properties, .timeout_ms = options.timeout_s * 1000},
                        records, kafka_voice());
  if (!places) return fail(places.error());
  int status = kDone;
  for (std::size_t i = 0; i < drafts->size(); ++i) {
    const Draft& draft = (*drafts)[i];
    const auto& place = (*places)[i];
    if (place) print(common, draft, &*place);
    else status = fail(Error(draft.type + " " + draft.id.text() + ": " + place.error().message() + ". Sent again with this --id it counts once"));
  }
  return status;
}

}  // namespace

void add_emit(CLI::App& app, Common& common) {
  CLI::App& command = add_command(app, "emit",
                                  "Send an event, checked as the runtime checks it; waits until every in-sync replica has it\n\n"
                                  "Examples\n"
                                  "  gofuture emit BookingCreated --data @booking.json\n"
                                  "  gofuture emit PaymentSucceeded --data '{\"booking_id\": \"b-7\", ...}' --dry-run\n"
                                  "  gofuture emit BookingCreated --lines bookings.ndjson");
  auto options = std::make_shared<EmitOptions>();
  command.add_option("type", options->type, "Event type; its topic, key and subject are the catalogue's")->required()->type_name("TYPE");
  command.add_option("--data", options->data, "The event's data: JSON, @FILE, or - for standard input")->type_name("JSON");
  command.add_option("--lines", options->lines, "Many events: a file (or -) with one event's data on each line")->type_name("FILE");
  command.add_option("--key", options->key, "Record key, in place of the one in the data");
  command.add_option("--subject", options->subject, "Subject, in place of the one in the data");
  command.add_option("--correlation", options->correlation, "Correlation id (default: the subject)")->type_name("ID");
  command.add_option("--id", options->id, "Event id (default: a new one); sent twice with one id, it counts once")->type_name("UUID");
  command.add_flag("--unchecked", options->unchecked, "Check neither schema nor size: to see what becomes of a broken event");
  command.add_flag("--dry-run", options->dry_run, "Check, and show what would be sent");
  command.add_option("--timeout", options->timeout_s, "How long to wait for the brokers")->type_name("SECONDS")->check(CLI::Range(1, 3600));
  prints_json(command, common);
  on(command, common, [&common, options] { return emit(common, *options); });
}

}  // namespace gofuture::cli
