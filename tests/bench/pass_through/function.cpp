// The function of bench A: reads three members, adds a fourth, and passes the event on.
#include "../happened.hpp"

namespace bench {

struct Passed {
  std::string key;
  std::int64_t n = 0;
  std::string note;
  std::int64_t sum = 0;
};
BOOST_DESCRIBE_STRUCT(Passed, (), (key, n, note, sum))

}  // namespace bench

class PassThrough : public gofuture::Function<> {
 public:
  using Handles = gofuture::Events<bench::Happened>;
  using Emits = gofuture::Events<bench::Passed>;

  Outcome on(const bench::Happened& happened) {
    const auto lengths = static_cast<std::int64_t>(happened.key.size() + happened.note.size());
    emit(bench::Passed{happened.key, happened.n, happened.note, happened.n + lengths});
    return ok();
  }
};
GOFUTURE_FUNCTION(PassThrough)
