// Does what it is told, for invoke_test.cpp.
#include <gofuture/function.hpp>
#include <thread>

struct Told {
  std::string what;
};
BOOST_DESCRIBE_STRUCT(Told, (), (what))

struct Price {
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(Price, (), (amount))

class Odd : public gofuture::Function<>, public gofuture::UsesHttp {
 public:
  using Handles = gofuture::Events<Told>;
  Outcome on(const Told& told) {
    if (told.what == "lookup") lookup<Price>("prices", "p-1");
    if (told.what == "http") return later(http().get("ask", "http://127.0.0.1:1/").what());
    while (told.what == "hang") std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (told.what == "emit") emit(Told{"badly, with a member that its schema does not allow"});
    return told.what == "skip" ? skip("as told") : ok();
  }
};
GOFUTURE_FUNCTION(Odd)
