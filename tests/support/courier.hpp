// Courier: how a fake port does what takes time in the real world. Unit tests use `AtOnce`; the simulator keeps the messages
// and delivers them in an order of its own, or not at all when their receiver has crashed.
#pragma once

#include <functional>
#include <string>
#include <utility>

namespace gofuture::test {

struct Message {
  enum class Kind {
    kOutside,  // work in another process (a commit on its way to the database): may happen after its sender has crashed
    kInside,   // work or an answer inside the member: dies with it
  };
  Kind kind = Kind::kInside;
  std::string order;  // messages with the same order word are delivered in the order they were sent; empty: in any
  std::string what;   // for the trace
  std::function<void()> run;
};

class Courier {
 public:
  virtual ~Courier() = default;
  virtual void send(Message message) = 0;
};

class AtOnce : public Courier {
 public:
  void send(Message message) override { message.run(); }
};

}  // namespace gofuture::test
