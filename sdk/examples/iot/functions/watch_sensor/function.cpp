// Raises the alarm of a sensor when so many readings within a time are over the limit. It is over when a reading is well below the
// limit, or when nothing hot has been heard of for a while.
#include <gofuture/function.hpp>
#include <iot/events.hpp>

struct Settings {
  double limit = 0, safe = 0;  // degrees Celsius: over `limit` is hot, under `safe` ends an alarm
  std::int64_t readings = 0, within_s = 0, quiet_s = 0;
};
BOOST_DESCRIBE_STRUCT(Settings, (), (limit, safe, readings, within_s, quiet_s))

struct Watch {  // kept per sensor_id
  std::vector<std::int64_t> hot_ms;  // when the hot readings of the last `within_s` were taken
  bool alarm = false;
};
BOOST_DESCRIBE_STRUCT(Watch, (), (hot_ms, alarm))

class WatchSensor : public gofuture::Function<Watch>, public gofuture::UsesTimers {
 public:
  using Emits = gofuture::Events<iot::AlarmRaised, iot::AlarmCleared>;

  Outcome on(const iot::TemperatureMeasured& reading) {
    if (reading.celsius > settings_.limit) return hot(reading);
    if (state().alarm && reading.celsius < settings_.safe) return cleared(std::to_string(std::lround(reading.celsius)) + " degrees");
    return ok();
  }
  Outcome on(const gofuture::Timer&) { return cleared("quiet for " + std::to_string(settings_.quiet_s) + " s"); }

 private:
  Outcome hot(const iot::TemperatureMeasured& reading) {
    auto& [hot_ms, alarm] = state();
    std::erase_if(hot_ms, [&](std::int64_t at) { return at <= reading.measured_at_ms - settings_.within_s * 1'000; });
    hot_ms.push_back(reading.measured_at_ms);
    const auto count = static_cast<std::int64_t>(hot_ms.size());
    if (!alarm && count < settings_.readings) return ok();
    if (!alarm) emit(iot::AlarmRaised{.sensor_id = key(), .celsius = reading.celsius, .readings = count});
    alarm = true;
    schedule("quiet", std::chrono::seconds(settings_.quiet_s));  // moves it, when it is set
    return ok();
  }
  Outcome cleared(const std::string& reason) {
    if (!state().alarm) return skip("there is no alarm");
    erase_state();
    cancel("quiet");
    emit(iot::AlarmCleared{.sensor_id = key(), .reason = reason});
    return ok();
  }

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(WatchSensor)
