// Tokens: who may send. Several may stand at a time, so that one can be replaced without a gap: add the new one, restart, change the
// senders, take the old one away. The names are for people; the tokens themselves are never shown.
//
//   auto tokens = Tokens::parse("orders:3f8c…\nbilling:77ab…\n");   // "#" begins a comment; commas separate as lines do
//   const auto name = tokens->name_of("Bearer 3f8c…");              // "orders"
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gofuture {

class Tokens {
 public:
  static Result<Tokens> parse(std::string_view text);
  bool empty() const { return all_.empty(); }
  // Of the Authorization header's token; nothing: there is none, or nobody has it. Takes as long whichever token it is, and whether it is one.
  std::optional<std::string> name_of(std::string_view authorization) const;

 private:
  struct Token {
    std::string name, secret;
  };
  std::vector<Token> all_;
};

}  // namespace gofuture
