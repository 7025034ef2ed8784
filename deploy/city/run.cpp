#include "run.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "database.hpp"
#include "display.hpp"
#include "fields.hpp"
#include "fleet.hpp"
#include "payloads.hpp"
#include "replay.hpp"
#include "riders.hpp"
#include "trail.hpp"
#include "trips.hpp"

namespace city {
namespace {

constexpr std::int64_t kTickMs = 5;
constexpr std::int64_t kLongestDrainMs = 10 * 60'000;
constexpr std::uint64_t kCancelSalt = 0xca9ce1, kQuoteSalt = 0x900e, kFraudSalt = 0xf4a0d;
constexpr std::uint64_t kRideMs = 6'000;  // a little longer than a ride takes: some cancel when it is over
constexpr std::int64_t kPoisonEveryMs = 500, kPriceLevelEveryMs = 250;
constexpr int kFlushMs = 60'000;  // the broker may just have been killed

// Ctrl-C may come twice for one press (from the terminal, and passed on by a script): what comes together counts once.
std::atomic<int> interrupts = 0;
std::atomic<std::int64_t> interrupted_ms = -1'000'000;
void on_signal(int) {
  const auto at = now_monotonic_ms();
  if (at - interrupted_ms.exchange(at) > 700) ++interrupts;
}

std::string new_run_name() {  // grows with time, short enough to read
  std::string name;
  for (auto t = static_cast<std::uint64_t>(now_ms() / 100); t > 0; t /= 36) name.insert(name.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[t % 36]);
  return name.substr(name.size() - 6);
}

// Reads topics on a thread of its own; take() hands over what has come.
class Ears {
 public:
  Ears(const std::string& brokers, const Offsets& from) : reader_(brokers) {
    reader_.start(from);
    thread_ = std::thread([this] { listen(); });
  }
  ~Ears() {
    stop_ = true;
    thread_.join();
  }
  std::vector<Event> take() {
    const std::lock_guard lock(mutex_);
    if (failure_) std::rethrow_exception(failure_);
    return std::exchange(heard_, {});
  }

 private:
  void listen() {
    try {
      while (!stop_) {
        std::vector<Event> fresh;
        reader_.poll(50, [&](Event&& event) { fresh.push_back(std::move(event)); });
        const std::lock_guard lock(mutex_);
        std::move(fresh.begin(), fresh.end(), std::back_inserter(heard_));
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
    }
  }
  Reader reader_;
  std::mutex mutex_;
  std::vector<Event> heard_;
  std::exception_ptr failure_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

class City {
 public:
  explicit City(const RunSettings& settings)
      : s_(settings), db_(s_.postgres), troubles_(s_.troubles), display_(s_.json ? stderr : stdout), head_(head()), path_(s_.folder + "/" + s_.run + ".ledger"), ledger_(path_, head_),
        producer_(s_.kafka), board_(s_.run), phones_(producer_, ledger_, mix(s_.seed) ^ 0x90e5, s_.reject_share),
        app_(s_.postgres, mix(s_.seed) ^ 0xa99, [this](const auto& b) { ledger_.ordered(b); }, [this](const auto& b) { ledger_.confirmed(b); },
             [this](const auto& event, const auto& booking) { ledger_.sent(event, "BookingCanceled", booking); }),
        dice_(mix(s_.seed) ^ 0xde3a) {}

  RunOutcome run() {
    install_trail(db_);
    store_ = std::make_unique<StoreView>(db_);
    send_home_other_fleets(db_, s_.run);
    ears_ = std::make_unique<Ears>(s_.kafka, head_.start);
    if (!s_.runtimes.empty()) runtime_ = std::make_unique<RuntimeView>(s_.runtimes);
    start_ = looked_ = now_monotonic_ms();
    std::unique_ptr<Replay> replay;
    if (!s_.replay.empty()) replay = std::make_unique<Replay>(s_.replay, s_.day, s_.speed);
    else fleet_ = std::make_unique<Fleet>(s_.run, s_.seed, drivers(), s_.report_every_ms);
    if (replay) s_.for_ms = s_.for_ms > 0 ? std::min(s_.for_ms, replay->day_length_ms()) : replay->day_length_ms();
    say_hello(replay != nullptr);
    // Riders come when the first drivers have said where they are.
    if (fleet_) {
      for (const auto until = now_monotonic_ms() + 2'000; now_monotonic_ms() < until && interrupts == 0;) tick("drivers come on duty");
    }
    const auto opened = now_monotonic_ms();
    if (s_.kills > 0) {
      killer_ = std::make_unique<Killer>(*runtime_, s_.pid_file, s_.kills, s_.for_ms > 0 ? s_.for_ms : 60'000, s_.seed, [this](const std::string& what) { display_.say(what); });
    }
    demand(replay.get(), opened);
    RunOutcome out;
    out.seconds = static_cast<double>(now_monotonic_ms() - opened) / 1000;
    out.kills_asked = s_.kills;
    drain(out);
    if (killer_) out.in_flight_at_kills = killer_->in_flight_at_kills();
    killer_.reset();
    store_->look_again();
    look(true, "done");
    display_.finish();
    ledger_.last_positions(phones_.last_positions());
    remove_trail_triggers(db_);
    out.run = s_.run;
    out.ledger = path_;
    out.rides = board_.rides();
    out.completed = board_.at(Stage::kCompleted);
    out.canceled = board_.at(Stage::kCanceled);
    out.positions = producer_positions();
    out.events = board_.events();
    out.messages = board_.told();
    out.assigned_after = board_.assigned_after();
    if (runtime_) out.counted = runtime_->counted();
    out.parked_highest = store_->parked_highest();
    out.left = store_->waiting();
    out.troubles = troubles_.counts();
    return out;
  }

 private:
  RunHead head() {
    Reader reader(s_.kafka);
    return {s_.run, s_.seed, now_ms(), reader.ends({"booking.events", "payments.status", "pricing.events", "fraud.events", "notification.events"})};
  }

  int drivers() const { return s_.drivers > 0 ? s_.drivers : std::max(150, static_cast<int>(s_.rate * 8)); }
  std::int64_t producer_positions() const { return positions_; }

  void say_hello(bool replayed) {
    std::string hello = "run " + s_.run + ", seed " + std::to_string(s_.seed) + ": ";
    hello += replayed ? "day " + std::to_string(s_.day) + " of " + s_.replay + " at " + std::to_string(static_cast<int>(s_.speed)) + " times its speed"
                      : std::to_string(static_cast<int>(s_.rate)) + " bookings/s, " + std::to_string(drivers()) + " drivers";
    display_.say(hello + (s_.for_ms > 0 ? ", for " + std::to_string(s_.for_ms / 1000) + " s" : ", until Ctrl-C"));
  }

  void order(const Place* at) {
    auto booking = nth_booking(s_.run, s_.seed, called_++, s_.remote_share, at);
    if (chance(booking.booking_id, mix(s_.seed) ^ kFraudSalt, s_.fraud_share)) {
      booking.amount_minor = kFraudMinor;
    } else if (chance(booking.booking_id, mix(s_.seed) ^ kQuoteSalt, s_.quote_share)) {
      ledger_.asked(booking);
      asking_.emplace(booking.booking_id, booking);
      app_.ask(std::move(booking));
      return;
    }
    order(std::move(booking));
  }

  // Who was told the price takes the ride.
  void quoted(const Event& event) {
    const auto asked = asking_.find(event.subject);
    if (asked == asking_.end()) return;
    const auto amount_minor = Fields(event.data).number("amount_minor");
    if (amount_minor == 0) return;  // the audit speaks about it
    auto booking = std::move(asked->second);
    asking_.erase(asked);
    booking.amount_minor = amount_minor;
    order(std::move(booking));
  }

  void order(Booking booking) {
    ++ordered_;
    board_.ordered(booking.booking_id, booking.amount_minor);
    if (chance(booking.booking_id, mix(s_.seed) ^ kCancelSalt, s_.cancel_share)) {
      const auto after = static_cast<std::int64_t>(hash(booking.booking_id, s_.seed) % kRideMs);
      cancels_.emplace(now_ms() + after, booking);
    }
    app_.order(std::move(booking));
  }

  // Riders who change their minds, and what nobody can handle.
  void disturb(std::int64_t at) {
    for (; !cancels_.empty() && cancels_.begin()->first <= at; cancels_.erase(cancels_.begin())) app_.cancel(cancels_.begin()->second);
    if (poisoned_ < s_.poison && at - poisoned_at_ms_ >= kPoisonEveryMs && ordered_ > 0) {
      phones_.poison("b-" + s_.run + "-poison-" + std::to_string(++poisoned_), region_of(37.765, -122.425));
      poisoned_at_ms_ = at;
    }
  }

  // The price desk: now and then the level of a region changes.
  void set_prices(std::int64_t at) {
    if (s_.quote_share <= 0 || at - priced_at_ms_ < kPriceLevelEveryMs) return;
    priced_at_ms_ = at;
    const auto place = some_place(dice_);
    const auto region = region_of(place.lat, place.lon);
    const auto level = kPriceLevels[static_cast<std::size_t>(dice_.between(0, kPriceLevels.size() - 1))];
    producer_.send({.topic = "pricing.events", .key = region, .id = uuid7(at, dice_), .type = "DynamicPriceUpdated", .source = "price-desk", .subject = region,
                    .correlation = {}, .causation = {}, .traceparent = {}, .time = rfc3339(at), .data = price_level(region, level, at)});
  }

  // One turn of the city: who is due acts, what was heard is understood.
  void tick(const std::string& phase) {
    const auto at = now_ms();
    if (fleet_ && on_duty_) fleet_->drive(at, phones_);
    for (const auto& event : ears_->take()) {
      board_.seen(event);
      if (event.type == "PricingPriceUpdated") quoted(event);
      if (event.type == "DriverAssigned" && concerns_us(event)) phones_.assigned(event);
      if (event.type == "BookingCanceled" && concerns_us(event)) phones_.canceled(event.subject);
    }
    disturb(at);
    if (on_duty_) set_prices(at);
    phones_.play(at);
    producer_.serve();
    look(false, phase);
    std::this_thread::sleep_for(std::chrono::milliseconds(kTickMs));
  }

  // A booking of ours, or a driver of ours whom a booking of an earlier, broken run has got hold of.
  bool concerns_us(const Event& event) const {
    return event.subject.find("-" + s_.run + "-") != std::string::npos || event.data.find("\"d-" + s_.run + "-") != std::string::npos;
  }

  void look(bool now, const std::string& phase) {
    const auto at = now_monotonic_ms();
    if (!now && at - looked_ < look_every_ms_) return;
    const auto seconds = std::max(0.001, static_cast<double>(at - looked_) / 1000);
    looked_ = at;
    sight_.phase = phase;
    sight_.elapsed_ms = at - start_;
    positions_ = 0;
    for (const auto& [driver, last] : phones_.last_positions()) positions_ += last.count;
    sight_.events_per_s = std::llround(static_cast<double>(board_.events() - seen_events_) / seconds);
    sight_.positions_per_s = std::llround(static_cast<double>(positions_ - seen_positions_) / seconds);
    seen_events_ = board_.events();
    seen_positions_ = positions_;
    if (runtime_) {
      const auto load = runtime_->look();
      sight_.runtime_seen = true;
      sight_.runtime_up = load.has_value();
      if (load) sight_.lag = load->lag, sight_.in_flight = load->in_flight;
      sight_.retries = runtime_->counted().retries;
    }
    sight_.store_up = store_->look();
    sight_.waiting = store_->waiting();
    for (const auto& sentence : troubles_.news()) {
      if (display_.is_terminal()) display_.say(sentence);  // elsewhere whoever makes them has said it
    }
    sight_.troubles = troubles_.counts();
    if (killer_) sight_.kills = static_cast<std::int64_t>(killer_->in_flight_at_kills().size());
    display_.show(board_, sight_);
  }

  void demand(Replay* replay, std::int64_t opened) {
    std::map<std::string, std::string> booking_of_cab;
    const Replay::Listener listener{
        .position = [&](const Ping& p) { phones_.position("d-" + s_.run + "-" + p.cab, p.at.lat, p.at.lon, p.occupied, p.epoch_s * 1000); },
        .picked_up = [&](const Ping& p) {
          const auto booking = nth_booking(s_.run, s_.seed, called_, 0).booking_id;
          phones_.hold_completion(booking);
          booking_of_cab[p.cab] = booking;
          order(&p.at);
        },
        .set_down = [&](const Ping& p) {
          if (const auto found = booking_of_cab.extract(p.cab)) phones_.let_complete(found.mapped());
        }};
    double next = static_cast<double>(opened);
    while (interrupts == 0) {
      const auto at = now_monotonic_ms();
      if (s_.for_ms > 0 && at - opened >= s_.for_ms) break;
      if (replay != nullptr) {
        if (!replay->play(at - opened, listener)) break;
      } else {
        for (; next <= static_cast<double>(at); next += -std::log(1.0 - dice_.unit()) * 1000 / s_.rate) order(nullptr);
      }
      tick("running");
    }
    phones_.let_all_complete();
  }

  // Until every ride has ended, the tables have caught up and the runtime is idle; or nothing moves.
  void drain(RunOutcome& out) {
    const auto begun = now_monotonic_ms();
    const int interrupts_before = interrupts;
    auto moved = begun;
    std::vector<std::int64_t> before;
    std::string open;
    int quiet = 0;
    std::int64_t asked = looked_;
    std::int64_t least_lag = sight_.lag;  // drivers who are still on duty send positions, so the lag itself never stands still
    look_every_ms_ = 250;
    for (;;) {
      const bool ended = board_.ended() == board_.rides() && app_.waiting() == 0 && asking_.empty() && board_.untold() == 0 && phones_.trips() == 0 && cancels_.empty() && poisoned_ >= s_.poison;
      if (ended && on_duty_) {
        on_duty_ = false;
        if (!producer_.flush(kFlushMs)) throw Trouble("Kafka did not acknowledge the phones' last events in a minute: deploy/stack/stack logs kafka");
      }
      tick(ended ? "waiting until nothing is in flight" : "no new riders; waiting for trips to end");
      const auto at = now_monotonic_ms();
      if (looked_ != asked) {
        asked = looked_;
        const bool idle = !runtime_ || (sight_.runtime_up && sight_.in_flight == 0 && sight_.lag == 0);
        open = ended ? unfinished_rows() : std::string();
        quiet = ended && idle && open.empty() && (!killer_ || killer_->done()) && sight_.troubles.over ? quiet + 1 : 0;
        if (quiet >= 3) return;
      }
      least_lag = std::min(least_lag, sight_.lag);
      const std::vector<std::int64_t> now{board_.ended(), board_.events(), static_cast<std::int64_t>(app_.waiting() + asking_.size() + phones_.trips() + cancels_.size()), board_.untold(), least_lag,
                                          static_cast<std::int64_t>(std::hash<std::string>{}(open))};
      if (now != before) before = now, moved = at;
      if (at - moved > s_.patience_ms || at - begun > kLongestDrainMs || interrupts > interrupts_before) break;
    }
    on_duty_ = false;
    producer_.flush(5'000);
    out.hanging = board_.open(20);
    for (const auto& [booking, wish] : asking_) out.hanging.push_back(booking + " has no price");
    if (board_.untold() > 0) out.hanging.push_back(std::to_string(board_.untold()) + " messages are not sent");
    if (!open.empty()) out.hanging.push_back(open);
    if (sight_.runtime_seen && !sight_.runtime_up) out.hanging.push_back("the runtime does not answer at " + s_.runtimes.front());
    if (sight_.lag > 0 || sight_.in_flight > 0) {
      out.hanging.push_back("the runtime says lag " + std::to_string(sight_.lag) + ", in flight " + std::to_string(sight_.in_flight));
    }
    display_.say("gave up waiting: " + std::to_string(board_.rides() - board_.ended()) + " of " + std::to_string(board_.rides()) + " rides have not ended");
    for (const auto& line : out.hanging) display_.say("  hangs: " + line);
  }

  std::string unfinished_rows() try {
    const auto like = "%-" + s_.run + "-%";
    std::vector<std::string> drivers, times;
    for (const auto& [driver, last] : phones_.last_positions()) drivers.push_back(driver), times.push_back(rfc3339(last.observed_ms));
    const auto row = db_.ask(
        "SELECT (SELECT count(*) FROM ride.bookings WHERE booking_id LIKE $1 AND status NOT IN ('completed', 'canceled')),"
        " (SELECT count(*) FROM ride.drivers WHERE driver_id LIKE $1 AND booking_id IS NOT NULL),"
        " (SELECT count(*) FROM unnest($2::text[], $3::timestamptz[]) AS p(driver, at) LEFT JOIN ride.driver_positions x ON x.driver_id = p.driver"
        "  WHERE x.observed_at IS DISTINCT FROM p.at),"
        " (SELECT $4::int - count(DISTINCT event_id) FROM gofuture.dead_letters WHERE correlationid LIKE $5)",
        {like, array_of(drivers), array_of(times), std::to_string(poisoned_), "b-" + s_.run + "-poison-%"}).front();
    if (row[0] == "0" && row[1] == "0" && row[2] == "0" && row[3] == "0") return {};
    return "tables: " + row[0] + " bookings not ended, " + row[1] + " drivers not free, " + row[2] + " drivers' last position not applied, " + row[3] + " poison events not dead";
  } catch (const Away& away) {
    return away.what();
  }

  RunSettings s_;
  Database db_;
  Troubles troubles_;
  Display display_;
  RunHead head_;
  std::string path_;
  Ledger ledger_;
  Producer producer_;
  Board board_;
  Phones phones_;
  RidersApp app_;
  Dice dice_;
  std::unique_ptr<Ears> ears_;
  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<StoreView> store_;
  std::unique_ptr<RuntimeView> runtime_;
  std::unique_ptr<Killer> killer_;
  Sight sight_;
  std::map<std::string, Booking> asking_;         // who waits for a price
  std::multimap<std::int64_t, Booking> cancels_;  // by the moment
  int poisoned_ = 0;
  std::int64_t poisoned_at_ms_ = 0;
  bool on_duty_ = true;
  std::int64_t look_every_ms_ = 1000;
  std::int64_t called_ = 0, priced_at_ms_ = 0, ordered_ = 0, start_ = 0, looked_ = 0, positions_ = 0, seen_events_ = 0, seen_positions_ = 0;
};

}  // namespace

RunOutcome run_city(RunSettings settings) {
  interrupts = 0;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  if (settings.run.empty()) settings.run = new_run_name();
  if (settings.kills > 0 && (settings.runtimes.empty() || settings.pid_file.empty())) throw Trouble("--kill needs --runtime and --pid-file: whom else should it kill?");
  auto out = City(settings).run();
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  return out;
}

}  // namespace city
