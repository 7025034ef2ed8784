#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <deque>
#include <iostream>
#include <thread>

#include "admin/client.hpp"
#include "cli/activity.hpp"
#include "cli/commands.hpp"
#include "cli/refreshed.hpp"
#include "cli/screen.hpp"
#include "event/envelope.hpp"

namespace gofuture::cli {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr int kPageMs = 1'500, kRequestMs = 2'000;
constexpr milliseconds kKafkaEvery(3'000), kDatabaseEvery(2'000), kFirstAnswer(3'000);
constexpr std::size_t kLooksKept = 5;  // rates are over the last few looks: a single second jumps too much to be read

struct TopOptions {
  std::string at;  // empty: the settings' listen
  double every_s = 1;
  bool once = false;
};

Result<std::vector<FunctionLag>> ask_kafka(const Settings& settings, const Manifests& manifests) {
  if (auto named = named_brokers(settings); !named) return named.error();
  std::vector<const FunctionManifest*> functions;
  for (const FunctionManifest& function : manifests.functions) functions.push_back(&function);
  return lag_of(settings, functions, kRequestMs);
}

Result<std::map<std::string, FunctionStatus>> ask_database(const Settings& settings) {
  if (auto named = named_database(settings); !named) return named.error();
  return read_function_status(settings.postgres + " connect_timeout=2");
}

// All that is asked, and how it is told.
class TopView {
 public:
  TopView(const Settings& settings, const Manifests& manifests, std::string address)
      : manifests_(manifests), address_(std::move(address)),
        kafka_([&settings, &manifests] { return ask_kafka(settings, manifests); }, kKafkaEvery),
        database_([&settings] { return ask_database(settings); }, kDatabaseEvery) {}

  // The first answers of the others, so that a single look has them.
  void gather() {
    kafka_.wait(kFirstAnswer);
    database_.wait(kFirstAnswer);
  }

  void look() {
    auto page = ask_page(address_, "/metrics", kPageMs);
    why_not_ = page ? "" : page.error().message();
    if (!page) {
      looks_.clear();
      return;
    }
    looks_.push_back({Steady::now(), Exposition::read(*page)});
    if (looks_.size() > kLooksKept) looks_.pop_front();
  }

  std::string json() const {
    boost::json::array functions;
    for (const Activity& row : rows()) functions.push_back(as_json(row));
    boost::json::array missing;
    for (const std::string& sentence : troubles()) missing.push_back(boost::json::value(sentence));
    return boost::json::serialize(boost::json::object{{"time", now_text()}, {"runtime", address_}, {"relay", as_json(relay_activity(looks()))},
                                                      {"functions", std::move(functions)}, {"missing", std::move(missing)}});
  }

  std::string text(const Paint& paint) const {
    const auto all = rows();
    double events = 0;
    std::int64_t lag = 0;
    for (const Activity& row : all) {
      events += row.events_per_s.value_or(0);
      lag += row.lag.value_or(0);
    }
    std::string out = paint.bold("gofuture top") + "  " + now_text().substr(11, 8) + "  " + address_ + "  " + std::to_string(all.size()) + " functions  " +
                      std::to_string(std::llround(events)) + " events/s  lag " + std::to_string(lag);
    if (const auto relay = relay_activity(looks()))
      out += relay->active ? "  relay " + std::to_string(relay->lag_bytes) + " bytes behind" : "  relay in another process";
    out += "\n";
    for (const std::string& sentence : troubles()) out += paint.red(sentence) + "\n";
    return out + "\n" + activity_table(all, paint);
  }

 private:
  struct Look {
    Steady::time_point at;
    Exposition page;
  };

  Looks looks() const {
    if (looks_.empty()) return {};
    const Look &first = looks_.front(), &last = looks_.back();
    return {looks_.size() > 1 ? &first.page : nullptr, &last.page, std::chrono::duration<double>(last.at - first.at).count()};
  }

  std::vector<Activity> rows() const {
    std::vector<Activity> all;
    const auto lags = kafka_.latest();
    const auto status = database_.latest();
    for (std::size_t i = 0; i < manifests_.functions.size(); ++i) {
      const std::string& name = manifests_.functions[i].name;
      const FunctionStatus* of_database = nullptr;
      if (status && *status && (*status)->contains(name)) of_database = &(*status)->at(name);
      all.push_back(activity_of(name, looks(), lags && *lags ? &(**lags)[i] : nullptr, of_database));
    }
    return all;
  }

  std::vector<std::string> troubles() const {
    std::vector<std::string> all;
    if (!why_not_.empty()) all.push_back("rates and times are missing: " + why_not_ + "; start `gofuture run`, or name its address with --at");
    if (const auto lags = kafka_.latest(); lags && !*lags) all.push_back("the groups' lag is missing: " + lags->error().message());
    if (const auto status = database_.latest(); status && !*status) all.push_back("what is parked or dead is missing: " + status->error().message());
    return all;
  }

  static std::string now_text() {
    return format_time_ms(std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
  }

  const Manifests& manifests_;
  const std::string address_;
  std::deque<Look> looks_;
  std::string why_not_;
  Refreshed<std::vector<FunctionLag>> kafka_;
  Refreshed<std::map<std::string, FunctionStatus>> database_;
};

void show_live(TopView& view, const Paint& paint, Screen& screen, milliseconds every) {
  for (auto next = Steady::now();;) {
    view.look();
    next += every;
    for (auto asked = Screen::Asked::kToDraw; asked != Screen::Asked::kNothing;) {
      if (asked == Screen::Asked::kToEnd) return;
      screen.draw(view.text(paint));
      const auto left = std::chrono::duration_cast<milliseconds>(next - Steady::now());
      asked = screen.wait(std::max(left, milliseconds(1)));
    }
    next = std::max(next, Steady::now() - every);  // a slow look is not made up for
  }
}

int top(const Common& common, const TopOptions& options) {
  Settings settings;
  Manifests manifests;
  if (!read_settings(common, settings) || !read_manifests(settings, manifests)) return kWrongUsage;
  const milliseconds every(static_cast<std::int64_t>(options.every_s * 1000));
  const Paint paint(common.colour);
  const std::string address = options.at.empty() ? settings.listen : options.at;
  if (!common.json && !options.once && isatty(STDOUT_FILENO) != 0) {
    auto screen = std::make_unique<Screen>();  // first: threads inherit its mask
    TopView view(settings, manifests, address);
    show_live(view, paint, *screen, every);
    screen.reset();  // nobody sits before a dead screen while a question to a dead server ends
    return kDone;
  }
  TopView view(settings, manifests, address);
  view.look();
  view.gather();
  do {
    std::this_thread::sleep_for(every);
    view.look();
    std::cout << (common.json ? view.json() + "\n" : view.text(paint)) << std::flush;
  } while (!options.once && std::cout);
  return kDone;
}

}  // namespace

void add_top(CLI::App& app, Common& common) {
  CLI::App& command = add_command(app, "top",
                                  "What every function does now: rates, times, lag, what is parked or dead; q or Ctrl-C ends it\n\n"
                                  "Examples\n"
                                  "  gofuture top\n"
                                  "  gofuture top --once\n"
                                  "  gofuture top --at replica-2:9464 --json\n\n"
                                  "Rates and times are those of one process, from its /metrics; lag is of the whole group, the rest of the database.\n"
                                  "Where the output is no terminal: one JSON document (--text: one table) each time.");
  auto options = std::make_shared<TopOptions>();
  command.add_option("--at", options->at, "Where the runtime listens (default: GOFUTURE_LISTEN)")->type_name("HOST:PORT");
  command.add_option("--every", options->every_s, "How often to look (default: 1)")->type_name("SECONDS")->check(CLI::Range(0.1, 3600.0));
  command.add_flag("--once", options->once, "Look once, over one such interval");
  prints_json(command, common);
  on(command, common, [&common, options] { return top(common, *options); });
}

}  // namespace gofuture::cli
