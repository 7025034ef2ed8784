#include "manifest/names.hpp"

#include <algorithm>
#include <string>

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

bool is_sql_table(std::string_view text) {
  const auto dot = text.find('.');
  return dot != std::string_view::npos && is_function_name(text.substr(0, dot)) && is_function_name(text.substr(dot + 1));
}

bool is_time_in_data(std::string_view text) { return text.starts_with("data:") && is_json_pointer(text.substr(5)); }
bool is_place_in_config(std::string_view text) { return text.starts_with("config:") && is_json_pointer(text.substr(7)); }
bool is_state_key(std::string_view text) { return text == "key" || text == "subject" || is_time_in_data(text); }

bool is_path_inside(std::string_view text) {
  return !text.empty() && text.front() != '/' && text.find("..") == std::string_view::npos;
}

bool is_instance_name(std::string_view text) { return is_topic_name(text) && text.size() <= 128; }
bool is_group_prefix(std::string_view text) { return text.empty() || is_instance_name(text); }

// "address:port", "[v6]:port": what the admin listener binds to.
bool is_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size() || text.size() - colon > 6) return false;
  const auto port = text.substr(colon + 1);
  if (!all(port, is_digit) || std::stoi(std::string(port)) > 65535) return false;
  return all(text, [](char c) { return is_word(c) || in(c, ".:-[]%"); });
}

// "Refund-Payment" -> "refund_payment"
std::string lower_name(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c == '-' || c == ' ' ? '_' : in(c, kUpper) ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// "functions/refund.so" -> "refund"
std::string file_stem(std::string_view text) {
  text.remove_prefix(text.rfind('/') + 1);
  if (text.ends_with(".so")) text.remove_suffix(3);
  return std::string(text);
}

// "booking_id", "data.booking_id" -> "/booking_id"
std::string pointer_to(std::string_view text) {
  if (text.starts_with("data.") || text.starts_with("data:") || text.starts_with("data/")) text.remove_prefix(5);
  return (text.starts_with('/') ? "" : "/") + std::string(text);
}
std::string in_data(std::string_view text) { return "data:" + pointer_to(text); }
std::string in_config(std::string_view text) { return "config:" + pointer_to(text); }

std::string with_scheme(std::string_view text) { return "https://" + std::string(text); }
std::string on_this_host(std::string_view text) { return (text.starts_with(':') ? "127.0.0.1" : "127.0.0.1:") + std::string(text); }

constexpr std::string_view kLowerName = "^[a-z_][a-z0-9_]{0,62}$";

}  // namespace

const Form kFunctionName{"of a to z, 0 to 9 and _, at most 63 characters, such as \"refund_payment\"", is_function_name, kLowerName,
                         lower_name};
const Form kLibraryName{"a file name without folder and without \".so\"", is_library_name,
                         "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", file_stem};
const Form kSqlName{"a plain lower-case name of a to z, 0 to 9 and _, at most 63 characters", is_function_name, kLowerName, lower_name};
const Form kSqlTable{"\"schema.table\" in plain lower-case names, such as \"ride.region_prices\"", is_sql_table,
                     "^[a-z_][a-z0-9_]{0,62}\\.[a-z_][a-z0-9_]{0,62}$", lower_name};
const Form kTimeInData{"\"data:\" and a JSON pointer to a time, such as \"data:/observed_at\"", is_time_in_data,
                       "^data:/([^~]|~[01])+$", in_data};
const Form kInConfig{"\"config:\" and a JSON pointer into [config], such as \"config:/deadline_s\"", is_place_in_config,
                     "^config:/([^~]|~[01])+$", in_config};
const Form kStateKey{"\"key\", \"subject\", or \"data:\" and a JSON pointer such as \"data:/booking_id\"", is_state_key,
                     "^(key|subject|data:/([^~]|~[01])+)$", in_data};
const Form kHttpPrefix{"a URL prefix such as \"https://gateway.example:8443/v1/\", without user, query or wildcard", is_http_prefix,
                       "^https?://[^/@?*]+(/[^?]*)?$", with_scheme};
const Form kTopicName{"a topic name as Kafka allows it: letters, digits, \".\", \"_\" and \"-\", at most 249", is_topic_name,
                      "^[A-Za-z0-9._-]{1,249}$"};
const Form kTypeName{"an identifier such as \"BookingCreated\"", is_type_name, "^[A-Za-z][A-Za-z0-9_]{0,127}$"};
const Form kPointer{"a JSON pointer such as \"/booking_id\"", is_json_pointer, "^/([^~]|~[01])+$", pointer_to};
const Form kPathInside{"a path inside the manifests folder", is_path_inside, "^[^/]"};
const Form kInstanceName{"of letters, digits, \".\", \"_\" and \"-\", at most 128 characters", is_instance_name, "^[A-Za-z0-9._-]{1,128}$"};
const Form kGroupPrefix{"of letters, digits, \".\", \"_\" and \"-\", at most 128 characters", is_group_prefix, "^[A-Za-z0-9._-]{0,128}$"};
const Form kListenAddress{"address:port such as \"127.0.0.1:9464\"", is_listen_address, "^.+:[0-9]{1,5}$", on_this_host};

}  // namespace gofuture
