// The stateless function of the stream tests: one event out for each that comes in.
#include <gofuture/function.hpp>

struct Tick0 {
  std::string key;
  std::int64_t n = 0;
};
BOOST_DESCRIBE_STRUCT(Tick0, (), (key, n))

struct Echo {
  std::string key;
  std::int64_t n = 0;
};
BOOST_DESCRIBE_STRUCT(Echo, (), (key, n))

using TickEvents = gofuture::Events<Tick0, Echo>;
GOFUTURE_EVENTS(TickEvents)

class EchoTicks : public gofuture::Function<> {
 public:
  using Handles = gofuture::Events<Tick0>;
  using Emits = gofuture::Events<Echo>;

  Outcome on(const Tick0& tick) {
    emit(Echo{tick.key, tick.n});
    return ok();
  }
};
GOFUTURE_FUNCTION(EchoTicks)
