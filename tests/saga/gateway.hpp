// Gateway: the payment gateway as the simulation plays it, with a ledger of its own, which is what the checkers believe. As a real
// one it knows effects by their Idempotency-Key alone: the same key has one effect, and a second charge under another key is
// taken like any other. Trouble is chance: 5xx before or after the effect, no answer, and requests that arrive after their
// sender has given up.
#pragma once

#include <cstdint>
#include <gofuture/testing/fake_services.hpp>
#include <map>
#include <string>
#include <vector>

#include "saga/scenario.hpp"
#include "simulation/random.hpp"

namespace gofuture::saga {

class Gateway {
 public:
  Gateway(const Scenario& scenario, simulation::Random& random) : s_(scenario), random_(random) {}

  struct Entry {
    std::string booking;
    std::int64_t amount_minor = 0;
    bool declined = false;
  };

  // A request under its key, as the host sends it.
  Response serve(const FakeHttp::Request& request, const std::string& key);

  // Requests that were sent and have not arrived.
  std::size_t under_way() const { return under_way_.size(); }
  void one_arrives();
  void heal() { healthy_ = true; }

  std::int64_t captured(const std::string& booking) const;
  std::int64_t refunded(const std::string& booking) const;
  std::size_t late() const { return late_; }  // effects that came after their sender had given up

 private:
  Response take(const FakeHttp::Request& request, const std::string& key);
  Response look_up(const std::string& url) const;
  bool declines(const std::string& booking);

  const Scenario& s_;
  simulation::Random& random_;
  bool healthy_ = false;
  std::map<std::string, Entry> charges_, refunds_;             // by key
  std::map<std::string, std::string> charge_of_;               // payment -> key
  std::map<std::string, bool> declined_;                       // by booking
  std::vector<std::pair<FakeHttp::Request, std::string>> under_way_;
  std::size_t late_ = 0;
};

}  // namespace gofuture::saga
