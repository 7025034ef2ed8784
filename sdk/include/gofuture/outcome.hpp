// How the handling of one event ended. Made by the words of Function: ok(), skip(), retry("…"), reject("…"),
// later("…").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "abi.h"

namespace gofuture {
inline namespace v0 {

class [[nodiscard]] Outcome {
 public:
  enum class Kind : std::int32_t {
    kOk = GOFUTURE_OK,          // state, emissions and SQL commit
    kSkip = GOFUTURE_SKIP,      // nothing to do; effects are dropped
    kRetry = GOFUTURE_RETRY,    // transient trouble; effects are dropped and the event comes again, counted
    kReject = GOFUTURE_REJECT,  // business error, terminal; effects are dropped and the event becomes a dead letter
    kLater = GOFUTURE_LATER     // a dependency is down; comes again, not counted
  };

  static Outcome ok() { return Outcome(Kind::kOk, {}); }
  static Outcome skip(std::string_view why = {}) { return Outcome(Kind::kSkip, why); }
  static Outcome retry(std::string_view why) { return Outcome(Kind::kRetry, why); }
  static Outcome reject(std::string_view why) { return Outcome(Kind::kReject, why); }
  static Outcome later(std::string_view why) { return Outcome(Kind::kLater, why); }

  Kind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  bool is_ok() const { return kind_ == Kind::kOk; }

 private:
  Outcome(Kind kind, std::string_view message) : kind_(kind), message_(message) {}
  Kind kind_;
  std::string message_;
};

}  // namespace v0
}  // namespace gofuture
