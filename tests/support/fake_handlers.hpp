// FakeHandlers: the port that handles batches, with the counting function behind it. FakeInside: the same inside a store's
// transaction. Both on the test's thread; answers go through a courier.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/io.hpp"
#include "support/counting_function.hpp"
#include "support/courier.hpp"

namespace gofuture::test {

class FakeHandlers : public Handlers {
 public:
  FakeHandlers(CountingFunction& function, Clock& clock, Answers& answers, Courier& courier)
      : function_(function), clock_(clock), answers_(answers), courier_(courier) {}

  void handle(BatchPtr batch) override {
    std::vector<std::string> ids;
    for (const EventPtr& event : batch->events)
      if (!event->decided) ids.emplace_back(event->envelope.id);
    calls.push_back(std::move(ids));
    auto held = std::make_shared<BatchPtr>(std::move(batch));  // std::function wants to be copyable
    const std::string name = std::to_string((*held)->id);
    courier_.send({Message::Kind::kInside, "", "handle batch " + name, [this, held] {
                     function_.run(**held, clock_.unix_ms());
                     answers_.post(Handled{std::move(*held)});
                   }});
  }

  std::vector<std::vector<std::string>> calls;  // ce_ids that each call was given to handle

 private:
  CountingFunction& function_;
  Clock& clock_;
  Answers& answers_;
  Courier& courier_;
};

class FakeInside : public Inside {
 public:
  FakeInside(CountingFunction& function, Clock& clock) : function_(function), clock_(clock) {}

  void run(Batch& batch, SqlSession& session) override {
    ++runs;
    if (before) before(batch, session);
    function_.run(batch, clock_.unix_ms());
  }

  int runs = 0;
  std::function<void(Batch&, SqlSession&)> before;  // SQL of the test

 private:
  CountingFunction& function_;
  Clock& clock_;
};

}  // namespace gofuture::test
