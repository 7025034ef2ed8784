// The counting function of the stream tests: how many ticks its key has had. A tick of "poison" throws twice, then is rejected.
#include <gofuture/function.hpp>

#include <stdexcept>

struct Tick0 {
  std::string key;
  std::int64_t n = 0;
  std::optional<bool> poison;
};
BOOST_DESCRIBE_STRUCT(Tick0, (), (key, n, poison))

struct Echo {
  std::string key;
  std::int64_t n = 0;
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(Echo, (), (key, n, count))

using TickEvents = gofuture::Events<Tick0, Echo>;
GOFUTURE_EVENTS(TickEvents)

struct Count {
  std::int64_t ticks = 0;
};
BOOST_DESCRIBE_STRUCT(Count, (), (ticks))

class CountTicks : public gofuture::Function<Count> {
 public:
  using Handles = gofuture::Events<Tick0>;
  using Emits = gofuture::Events<Echo>;

  Outcome on(const Tick0& tick) {
    state().ticks += 1;
    emit(Echo{tick.key, tick.n, state().ticks});
    const bool poison = tick.poison.value_or(false);
    if (poison && event().attempt() <= 2) throw std::runtime_error("out of seats");
    if (poison) return reject("no seats at all");
    return ok();
  }
};
GOFUTURE_FUNCTION(CountTicks)
