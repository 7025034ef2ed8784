// StateCache: rows of `keys` as the store last told them, so that a key that comes again soon need not be loaded. Only a
// hint: every commit compares versions, and a row that has moved is loaded anew. Bounded in bytes, oldest use goes first.
// Pipeline's thread only.
#pragma once

#include <list>
#include <string>
#include <string_view>

#include <boost/unordered/unordered_flat_map.hpp>

#include "pipeline/batch.hpp"

namespace gofuture {

class StateCache {
 public:
  explicit StateCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  const KeyRow* find(std::string_view key);
  void put(std::string_view key, KeyRow row);
  void forget(std::string_view key);
  std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string key;
    KeyRow row;
    std::size_t bytes() const { return key.size() + (row.state ? row.state->size() : 0) + 192; }
  };
  using Entries = std::list<Entry>;  // youngest use first

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  Entries entries_;
  boost::unordered_flat_map<std::string_view, Entries::iterator> by_key_;
};

}  // namespace gofuture
