// The function of benches D and R: about 100 B of state per key, and one event of the size of the one it came for. With failing_every
// = n in [config] every event of each n-th key fails.
#include "happened.hpp"

namespace bench {

struct Done {
  std::string key;
  std::int64_t n = 0;
  std::string note;
};
BOOST_DESCRIBE_STRUCT(Done, (), (key, n, note))

using Events = gofuture::Events<Happened, Done>;

}  // namespace bench
GOFUTURE_EVENTS(bench::Events)

struct Count {
  std::int64_t count = 0;
  std::string note;
};
BOOST_DESCRIBE_STRUCT(Count, (), (count, note))

struct Settings {
  std::int64_t failing_every = 0;
};
BOOST_DESCRIBE_STRUCT(Settings, (), (failing_every))

class Bench : public gofuture::Function<Count> {
 public:
  using Emits = gofuture::Events<bench::Done>;

  Outcome on(const bench::Happened& happened) {
    if (settings_.failing_every > 0 && std::stoll(happened.key.substr(1)) % settings_.failing_every == 0) return retry("this key fails");
    if (state().note.empty()) state().note.assign(76, 's');
    state().count += 1;
    emit(bench::Done{happened.key, happened.n, happened.note});
    return ok();
  }

 private:
  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(Bench)
