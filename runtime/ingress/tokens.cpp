#include "ingress/tokens.hpp"

#include <algorithm>

namespace gofuture {
namespace {

constexpr std::size_t kShortest = 16;
constexpr std::string_view kTokenCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";  // RFC 6750
constexpr std::string_view kNameCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Walks along all of `secret` in any case, so that the time says nothing about how much of it was right.
bool same(std::string_view given, std::string_view secret) {
  volatile unsigned char different = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < secret.size(); ++i) {
    const char c = given.empty() ? '\0' : given[i % given.size()];
    different = static_cast<unsigned char>(different | static_cast<unsigned char>(c ^ secret[i]));
  }
  return different == 0;
}

}  // namespace

Result<Tokens> Tokens::parse(std::string_view text) {
  Tokens tokens;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find_first_of(",\n"), text.size());
    const std::string_view entry = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (entry.empty() || entry.front() == '#') continue;
    const std::string which = "token " + std::to_string(number) + " of the ingress", remedy = "; make one with: head -c 32 /dev/urandom | base64";
    const auto colon = entry.find(':');
    if (colon == std::string_view::npos || colon == 0)
      return Error(which + " has no name: write name:token, one a line");
    const std::string_view name = trimmed(entry.substr(0, colon)), secret = trimmed(entry.substr(colon + 1));
    if (name.find_first_not_of(kNameCharacters) != std::string_view::npos)
      return Error(which + " has a name of other characters than letters, digits, \"-\", \".\" and \"_\"");
    if (secret.size() < kShortest)
      return Error(which + " (" + std::string(name) + ") is shorter than " + std::to_string(kShortest) + " characters" + remedy);
    if (secret.find_first_not_of(kTokenCharacters) != std::string_view::npos)
      return Error(which + " (" + std::string(name) + ") has characters that a bearer token cannot have" + remedy);
    for (const Token& other : tokens.all_)
      if (other.name == name || other.secret == secret)
        return Error(which + " (" + std::string(name) + ") stands twice; give each token a name of its own, such as orders-2026-11");
    tokens.all_.push_back({std::string(name), std::string(secret)});
  }
  return tokens;
}

std::optional<std::string> Tokens::name_of(std::string_view authorization) const {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < kScheme.size(); ++i)
    if ((authorization[i] | (i + 1 < kScheme.size() ? 0x20 : 0)) != kScheme[i]) return std::nullopt;
  const std::string_view given = trimmed(authorization.substr(kScheme.size()));
  const Token* found = nullptr;
  for (const Token& token : all_)  // all of them, whichever it is
    if (same(given, token.secret)) found = &token;
  if (found == nullptr) return std::nullopt;
  return found->name;
}

}  // namespace gofuture
