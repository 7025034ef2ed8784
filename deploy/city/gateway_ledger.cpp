#include "gateway_ledger.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "database.hpp"  // Trouble

namespace city {
namespace json = boost::json;

std::vector<Entry> read_gateway_ledger(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw Trouble("the gateway's ledger " + path + " cannot be read");
  std::vector<Entry> entries;
  for (std::string line; std::getline(in, line);) {
    boost::system::error_code error;
    const auto value = json::parse(line, error);
    if (error || !value.is_object()) continue;  // the torn last line of a killed gateway: it was never answered
    const auto& o = value.as_object();
    const auto text = [&](const char* name) { return std::string(o.at(name).as_string()); };
    entries.push_back({text("kind"), text("key"), text("payment_id"), text("booking_id"), text("currency"),
                       o.at("amount_minor").to_number<std::int64_t>(), text("status"), o.at("at_ms").to_number<std::int64_t>(), text("message_id"), text("user_id")});
  }
  return entries;
}

GatewayLedger::GatewayLedger(std::string path) : path_(std::move(path)) {
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0) throw Trouble("the gateway cannot open its ledger " + path_ + ": " + std::strerror(errno));
  for (const auto& entry : read_gateway_ledger(path_)) remember(entry);
  unwritten_ = by_key_.empty() ? "" : "\n";  // whatever was torn ends here
}

GatewayLedger::~GatewayLedger() { ::close(file_); }

void GatewayLedger::remember(const Entry& entry) {
  by_key_.emplace(entry.key, entry);
  if (entry.kind == "charge") key_of_payment_.emplace(entry.payment_id, entry.key);
}

const Entry* GatewayLedger::by_key(const std::string& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &found->second;
}

const Entry* GatewayLedger::charge_of(const std::string& payment_id) const {
  const auto found = key_of_payment_.find(payment_id);
  return found == key_of_payment_.end() ? nullptr : by_key(found->second);
}

const Entry& GatewayLedger::append(Entry entry) {
  unwritten_ += json::serialize(json::object{{"kind", entry.kind}, {"key", entry.key}, {"payment_id", entry.payment_id},
                                             {"booking_id", entry.booking_id}, {"currency", entry.currency},
                                             {"amount_minor", entry.amount_minor}, {"status", entry.status}, {"at_ms", entry.at_ms},
                                             {"message_id", entry.message_id}, {"user_id", entry.user_id}});
  unwritten_ += '\n';
  remember(entry);
  return by_key_.at(entry.key);
}

void GatewayLedger::sync() {
  if (unwritten_.empty()) return;
  for (std::size_t done = 0; done < unwritten_.size();) {
    const auto wrote = ::write(file_, unwritten_.data() + done, unwritten_.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) throw Trouble("the gateway cannot write " + path_ + ": " + std::strerror(errno));
    done += static_cast<std::size_t>(wrote);
  }
  if (::fdatasync(file_) != 0) throw Trouble("the gateway cannot make " + path_ + " durable: " + std::strerror(errno));
  unwritten_.clear();
}

}  // namespace city
