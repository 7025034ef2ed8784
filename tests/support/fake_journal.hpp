// FakeJournal: the journal port of one function over a FakeDatabase. One thread at a time.
#pragma once

#include <string>
#include <utility>

#include "support/fake_database.hpp"

namespace gofuture::test {

class FakeJournal : public Journal {
 public:
  FakeJournal(FakeDatabase& database, std::string function) : database_(database), function_(std::move(function)) {}

  Result<Found> open(const JournaledCall& call, const Event&) override {
    ++opened;
    if (down) return Error("the database cannot be reached");
    return database_.open_call(function_, call);
  }

  bool down = false;
  int opened = 0;

 private:
  FakeDatabase& database_;
  const std::string function_;
};

}  // namespace gofuture::test
