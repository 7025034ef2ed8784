// The riders' app. A booking is one business row and one BookingCreated in the outbox, in one transaction; a cancel is one
// BookingCanceled in the outbox, a question for the price one PricingRequested. The app never speaks to Kafka. Bookings that arrive while a transaction runs go into the next one together, as the backend of an app would do it.
// A thread of its own does the writing; ask(), order() and cancel() may be called from one other thread. When the database is away, it tries again.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ids.hpp"
#include "ledger.hpp"

namespace city {

class Database;

class RidersApp {
 public:
  // `ordered` is told before a transaction, `confirmed` after its commit, `canceled` (event, booking) after a cancel's; all on the
  // app's thread.
  RidersApp(std::string postgres, std::uint64_t seed, std::function<void(const std::vector<Booking>&)> ordered,
            std::function<void(const std::vector<Booking>&)> confirmed,
            std::function<void(const std::string&, const std::string&)> canceled);
  ~RidersApp();
  void ask(Booking booking);     // for its price; who is answered may order
  void order(Booking booking);
  void cancel(Booking booking);  // one that was ordered
  std::size_t waiting();  // not confirmed yet

 private:
  void add(std::vector<Booking>& to, Booking booking);
  void write();
  bool write_orders(std::unique_ptr<Database>& db, const std::vector<Booking>& batch);
  bool write_cancel(std::unique_ptr<Database>& db, const Booking& booking);
  bool write_question(std::unique_ptr<Database>& db, const Booking& booking);
  bool insist(std::unique_ptr<Database>& db, const std::function<void(Database&)>& work);
  std::string postgres_;
  Dice dice_;
  std::function<void(const std::vector<Booking>&)> ordered_, confirmed_;
  std::function<void(const std::string&, const std::string&)> canceled_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Booking> questions_, queue_, cancels_;
  std::size_t writing_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace city
