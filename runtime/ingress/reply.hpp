// Reply: what a request is answered with, before it becomes HTTP. `reason` is the word for it in metrics and in the body.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gofuture {

struct Flaw {
  std::size_t index = 0;         // of the event in the request
  std::string pointer;           // where in the event, as if it were written in the JSON format: "/data/region_id"
  std::string what;
};

struct Reply {
  unsigned status = 0;
  std::string reason;            // "accepted", "invalid", "rate", …
  std::string body;              // JSON
  std::optional<std::int64_t> retry_after_s;
  std::string allow;             // of 405
};

Reply accepted(const std::vector<std::string>& ids, std::size_t repeats);
Reply refused(unsigned status, std::string reason, const std::string& what, const std::vector<Flaw>& flaws = {});
// 429 or 503: the same may come again, not before.
Reply later(unsigned status, std::string reason, const std::string& what, std::int64_t retry_after_ms);

}  // namespace gofuture
