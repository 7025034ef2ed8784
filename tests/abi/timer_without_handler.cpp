// Must not compile: it sets a timer and would never hear of it.
#include <gofuture/function.hpp>

struct Asked {
  int n = 0;
};
BOOST_DESCRIBE_STRUCT(Asked, (), (n))

class Forgets : public gofuture::Function<>, public gofuture::UsesTimers {
 public:
  using Handles = gofuture::Events<Asked>;
  Outcome on(const Asked&) {
    schedule("deadline", std::chrono::minutes(2));
    return ok();
  }
};
GOFUTURE_FUNCTION(Forgets)
