// The function of bench D: about 100 B of state per key, and one event of the size of the one it came for.
#include <gofuture/function.hpp>

namespace bench {

struct Happened {
  std::string key;
  std::int64_t n = 0;
  std::string note;
};
BOOST_DESCRIBE_STRUCT(Happened, (), (key, n, note))

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

class Bench : public gofuture::Function<Count> {
 public:
  using Emits = gofuture::Events<bench::Done>;

  Outcome on(const bench::Happened& happened) {
    if (state().note.empty()) state().note.assign(76, 's');
    state().count += 1;
    emit(bench::Done{happened.key, happened.n, happened.note});
    return ok();
  }
};
GOFUTURE_FUNCTION(Bench)
