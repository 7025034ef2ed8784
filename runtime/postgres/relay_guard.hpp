// WalGuard: turns what a slot says of itself into warnings, each once per change. A slot that is not confirmed keeps WAL on the
// database's disk; where the server limits that (max_slot_wal_keep_size), the slot is lost instead. Pure.
#pragma once

#include <optional>
#include <string>

#include "pipeline/io.hpp"
#include "postgres/relay_slot.hpp"

namespace gofuture {

class WalGuard {
 public:
  struct Warning {
    Probe::Level level;
    std::string sentence;
  };
  explicit WalGuard(std::string slot) : slot_(std::move(slot)) {}
  std::optional<Warning> look(const SlotHealth& health);

 private:
  std::string slot_, last_ = "reserved";
};

}  // namespace gofuture
