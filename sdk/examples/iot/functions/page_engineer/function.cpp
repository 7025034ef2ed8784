// Pages the first engineer of an alarm, and after a while without AlarmCleared the next one, until there is none left.
#include <gofuture/function.hpp>
#include <iot/events.hpp>

struct Settings {
  std::vector<std::string> engineers;  // in the order in which they are woken
  std::int64_t next_after_s = 0;
};
BOOST_DESCRIBE_STRUCT(Settings, (), (engineers, next_after_s))

struct Alarm {  // kept per sensor_id, while its alarm lasts
  std::uint32_t paged = 0;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(Alarm, (), (paged, text))

class PageEngineer : public gofuture::Function<Alarm>, public gofuture::UsesTimers {
 public:
  using Emits = gofuture::Events<iot::PageRequested>;

  Outcome on(const iot::AlarmRaised& raised) {
    if (has_state()) return skip("somebody is on the way");
    state().text = key() + " has " + std::to_string(std::lround(raised.celsius)) + " degrees";
    return page_next();
  }
  Outcome on(const gofuture::Timer&) {
    if (!has_state()) return skip("the alarm is over");
    return page_next();
  }
  Outcome on(const iot::AlarmCleared&) {
    if (!has_state()) return skip("nobody was paged");
    erase_state();
    cancel("next");
    return ok();
  }

 private:
  Outcome page_next() {
    emit(iot::PageRequested{.sensor_id = key(), .engineer = settings_.engineers.at(state().paged), .text = state().text});
    if (++state().paged < settings_.engineers.size()) schedule("next", std::chrono::seconds(settings_.next_after_s));
    return ok();
  }

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(PageEngineer)
