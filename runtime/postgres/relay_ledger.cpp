#include "postgres/relay_ledger.hpp"

#include <algorithm>

namespace gofuture {

std::uint64_t RelayLedger::sent(const Uuid& id, std::string_view topic, std::size_t bytes, std::int64_t dead_seq) {
  auto known = topics_.find(topic);
  if (known == topics_.end()) known = topics_.emplace(topic).first;
  notes_.push_back({id, &*known, static_cast<std::uint32_t>(bytes), false, dead_seq});
  bytes_ += bytes;
  return next_++;
}

void RelayLedger::ends(const Mark& mark) {
  // A quiet stretch of keepalives behind one unacknowledged row needs one entry, not one for each.
  if (!marks_.empty() && marks_.back().upto == next_) {
    Mark& last = marks_.back().mark;
    last = {std::max(last.lsn, mark.lsn), std::max(last.committed_us, mark.committed_us), std::max(last.seq, mark.seq)};
  } else {
    marks_.push_back({next_, mark});
  }
  settle();
}

bool RelayLedger::acked(std::uint64_t token) {
  if (token < first_ || token >= next_) return false;
  notes_[token - first_].acked = true;
  while (!notes_.empty() && notes_.front().acked) {
    bytes_ -= notes_.front().bytes;
    notes_.pop_front();
    ++first_;
  }
  return settle();
}

bool RelayLedger::settle() {
  bool more = false;
  for (; !marks_.empty() && marks_.front().upto <= first_; marks_.pop_front()) {
    const Mark& mark = marks_.front().mark;
    confirmed_ = {std::max(confirmed_.lsn, mark.lsn), std::max(confirmed_.committed_us, mark.committed_us),
                  std::max(confirmed_.seq, mark.seq)};
    more = true;
  }
  return more;
}

void RelayLedger::restart() {
  notes_.clear();
  marks_.clear();
  bytes_ = 0;
  first_ = next_;
  confirmed_.lsn = 0;  // the slot knows better
}

const RelayLedger::Note* RelayLedger::find(std::uint64_t token) const {
  return token < first_ || token >= next_ ? nullptr : &notes_[token - first_];
}

pgoutput::Lsn RelayLedger::end_of(std::uint64_t token) const {
  const auto ending = std::find_if(marks_.begin(), marks_.end(), [&](const Ending& one) { return one.upto > token; });
  return ending == marks_.end() ? 0 : ending->mark.lsn;
}

}  // namespace gofuture
