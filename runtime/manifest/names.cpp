#include "manifest/names.hpp"

#include <algorithm>

namespace gofuture {
namespace {

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz", kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", kDigits = "0123456789";

bool in(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }
bool is_lower(char c) { return in(c, kLower); }
bool is_letter(char c) { return is_lower(c) || in(c, kUpper); }
bool is_digit(char c) { return in(c, kDigits); }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

template <class Predicate>
bool all(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

}  // namespace

bool is_function_name(std::string_view text) {
  return !text.empty() && text.size() <= 63 && (is_lower(text.front()) || text.front() == '_') &&
         all(text, [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

bool is_library_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && text.front() != '.' && text.front() != '-' && !text.ends_with(".so") &&
         all(text, [](char c) { return is_word(c) || c == '-' || c == '.'; });
}

bool is_topic_name(std::string_view text) {
  return !text.empty() && text.size() <= 249 && text != "." && text != ".." &&
         all(text, [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool is_type_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && is_letter(text.front()) && all(text, is_word);
}

bool is_sql_name(std::string_view text) { return is_function_name(text); }

bool is_json_pointer(std::string_view text) {
  if (text.size() < 2 || text.front() != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) < 0x20) return false;
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) return false;
  }
  return true;
}

bool is_http_prefix(std::string_view text) {
  if (text.starts_with("https://")) text.remove_prefix(8);
  else if (text.starts_with("http://")) text.remove_prefix(7);
  else return false;
  const auto end = std::min(text.find('/'), text.size());
  std::string_view host = text.substr(0, end);
  const std::string_view path = text.substr(end);
  if (const auto colon = host.rfind(':'); colon != std::string_view::npos && !host.ends_with(']')) {
    const auto port = host.substr(colon + 1);
    if (port.empty() || port.size() > 5 || !all(port, is_digit)) return false;
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (host.empty() || !all(host, [](char c) { return in(c, "0123456789abcdefABCDEF:."); })) return false;
  } else if (host.empty() || !all(host, [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-'; })) {
    return false;
  }
  return path.find("..") == std::string_view::npos &&
         all(path, [](char c) { return is_word(c) || in(c, "/.-~%!$&'()*+,;=:"); });
}

}  // namespace gofuture
