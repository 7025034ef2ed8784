// A function that uses everything at once: it counts by key, asks a gateway once per event, emits now and later, sets a timer per
// event; and it fails, rejects or crashes where its event says so.
#include <gofuture/function.hpp>

#include <cstdlib>

struct Asked {
  std::string key;
  std::int64_t n = 0;
  std::optional<std::int64_t> fails;  // so many attempts
  std::optional<bool> rejected, crashes;
};
BOOST_DESCRIBE_STRUCT(Asked, (), (key, n, fails, rejected, crashes))

struct Counted {
  std::string key;
  std::int64_t n = 0, count = 0;
};
BOOST_DESCRIBE_STRUCT(Counted, (), (key, n, count))

struct Reminded {
  std::string key;
  std::int64_t n = 0;
};
BOOST_DESCRIBE_STRUCT(Reminded, (), (key, n))

struct Rang {
  std::string key;
  std::int64_t n = 0, count = 0;
};
BOOST_DESCRIBE_STRUCT(Rang, (), (key, n, count))

using FaultEvents = gofuture::Events<Asked, Counted, Reminded, Rang>;
GOFUTURE_EVENTS(FaultEvents)

struct Settings {
  std::string gateway;
};
BOOST_DESCRIBE_STRUCT(Settings, (), (gateway))

struct Counts {  // kept per key
  std::int64_t asked = 0, rung = 0;
};
BOOST_DESCRIBE_STRUCT(Counts, (), (asked, rung))

struct Charge {
  std::string key;
  std::int64_t n = 0;
};
BOOST_DESCRIBE_STRUCT(Charge, (), (key, n))

class Everything : public gofuture::Function<Counts>, public gofuture::UsesHttp, public gofuture::UsesTimers {
 public:
  using Handles = gofuture::Events<Asked>;
  using Emits = gofuture::Events<Counted, Reminded, Rang>;

  Outcome on(const Asked& asked) {
    if (asked.crashes.value_or(false) && event().attempt() == 1) std::abort();
    if (event().attempt() <= asked.fails.value_or(0)) return retry("not yet");
    if (asked.rejected.value_or(false)) return reject("never");
    const std::string number = std::to_string(asked.n);
    const auto charge = http().post("charge", settings_.gateway + "/charges", Charge{asked.key, asked.n});
    if (charge.unknown()) {
      const auto told = http().get("ask", settings_.gateway + "/charges/" + asked.key + "-" + number);
      if (told.answered() && told.status == 404) return retry("the gateway has not heard of it; it is sent again");
      if (!told.success()) return later(told.what());
    } else if (!charge.success()) {
      return later(charge.what());
    }
    state().asked += 1;
    emit(Counted{asked.key, asked.n, state().asked});
    emit(Reminded{asked.key, asked.n}, std::chrono::milliseconds(100));
    schedule("n" + number, std::chrono::milliseconds(100));
    return ok();
  }
  Outcome on(const gofuture::Timer& timer) {
    state().rung += 1;
    emit(Rang{key(), std::stoll(timer.name.substr(1)), state().rung});
    return ok();
  }

 private:
  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(Everything)
