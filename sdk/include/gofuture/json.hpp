// JSON for described structs: what BOOST_DESCRIBE_STRUCT lists is what is read and written, nothing is spelled by hand.
//
//   struct Fare { std::string currency; std::int64_t amount_minor = 0; std::optional<std::string> note; };
//   BOOST_DESCRIBE_STRUCT(Fare, (), (currency, amount_minor, note))
//   Fare fare = gofuture::from_json<Fare>(text);       // throws JsonError: "/amount_minor: is missing"
//   std::string text = gofuture::to_json(fare);        // members in their described order: the same value, the same
//   bytes
//
// Members may be: bool, integers (range checked), double/float, std::string, described enums (as their names),
// std::optional (absent or null; left out when empty), std::vector, std::map<std::string, T>, described structs.
// Members that the struct does not know are ignored, so that events may grow. A member that is missing is an error
// unless it is optional, or Missing::kKeepDefault is given (as for stored state, whose struct may have grown since it
// was written).
#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace gofuture {
inline namespace v0 {

// What is wrong with a document and where: "/pickup/lat: must be a number, is a string".
class JsonError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class Missing { kIsError, kKeepDefault };

template <class T>
concept DescribedStruct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;
template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

namespace detail {

template <class T>
using Members = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsVector = false;
template <class T, class A>
inline constexpr bool kIsVector<std::vector<T, A>> = true;
template <class T>
inline constexpr bool kIsStringMap = false;
template <class T, class C, class A>
inline constexpr bool kIsStringMap<std::map<std::string, T, C, A>> = true;

// Where the reader is: frames on the stack, turned into text only when something is wrong.
struct JsonPath {
  const JsonPath* up = nullptr;
  std::string_view member;
  std::size_t index = 0;

  std::string text() const {
    if (up == nullptr) return "";
    std::string result = up->text() + "/";
    if (member.data() == nullptr) return result + std::to_string(index);
    for (const char c : member) {
      if (c == '~')
        result += "~0";
      else if (c == '/')
        result += "~1";
      else
        result += c;
    }
    return result;
  }
  [[noreturn]] void fail(const std::string& what) const {
    const std::string place = text();
    throw JsonError((place.empty() ? std::string("the document") : place) + ": " + what);
  }
};

inline const char* kind_of(const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return "a boolean";
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
    case boost::json::kind::double_:
      return "a number";
    case boost::json::kind::string:
      return "a string";
    case boost::json::kind::array:
      return "an array";
    case boost::json::kind::object:
      return "an object";
  }
  return "unknown";
}

[[noreturn]] inline void must_be(const char* what, const boost::json::value& is, const JsonPath& path) {
  path.fail(std::string("must be ") + what + ", is " + kind_of(is));
}

template <class T>
void read_integer(const boost::json::value& value, T& into, const JsonPath& path) {
  bool fits = false;
  if (const auto* whole = value.if_int64()) {
    fits = std::in_range<T>(*whole);
    if (fits) into = static_cast<T>(*whole);
  } else if (const auto* large = value.if_uint64()) {
    fits = std::in_range<T>(*large);
    if (fits) into = static_cast<T>(*large);
  } else if (const auto* real = value.if_double()) {  // 12.0 is an integer in JSON; beyond 2^53 doubles skip numbers
    if (std::trunc(*real) != *real) must_be("an integer", value, path);
    constexpr double kExact = 9007199254740992.0;
    fits = *real >= -kExact && *real <= kExact && std::in_range<T>(static_cast<std::int64_t>(*real));
    if (fits) into = static_cast<T>(*real);
  } else {
    must_be("an integer", value, path);
  }
  if (!fits) {
    path.fail("is out of range, must be " + std::to_string(std::numeric_limits<T>::min()) + " to " +
              std::to_string(std::numeric_limits<T>::max()));
  }
}

template <class T>
void read_enum(const boost::json::value& value, T& into, const JsonPath& path) {
  const auto* text = value.if_string();
  if (text == nullptr) must_be("a string", value, path);
  bool found = false;
  std::string names;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto enumerator) {
    if (std::string_view(*text) == enumerator.name) {
      into = enumerator.value;
      found = true;
    }
  });
  if (found) return;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
      [&](auto enumerator) { names += std::string(names.empty() ? "" : ", ") + enumerator.name; });
  path.fail("\"" + std::string(*text) + "\" is none of " + names);
}

template <class T>
void read_value(const boost::json::value& value, T& into, const JsonPath& path, Missing missing) {
  if constexpr (std::is_same_v<T, bool>) {
    const auto* flag = value.if_bool();
    if (flag == nullptr) must_be("a boolean", value, path);
    into = *flag;
  } else if constexpr (std::is_integral_v<T>) {
    read_integer(value, into, path);
  } else if constexpr (std::is_floating_point_v<T>) {
    if (!value.is_number()) must_be("a number", value, path);
    into = value.is_double()  ? static_cast<T>(value.get_double())
           : value.is_int64() ? static_cast<T>(value.get_int64())
                              : static_cast<T>(value.get_uint64());
  } else if constexpr (std::is_same_v<T, std::string>) {
    const auto* text = value.if_string();
    if (text == nullptr) must_be("a string", value, path);
    into.assign(text->data(), text->size());
  } else if constexpr (kIsOptional<T>) {
    if (value.is_null())
      into.reset();
    else
      read_value(value, into.emplace(), path, missing);
  } else if constexpr (kIsVector<T>) {
    const auto* array = value.if_array();
    if (array == nullptr) must_be("an array", value, path);
    into.clear();
    into.reserve(array->size());
    for (std::size_t i = 0; i < array->size(); ++i) {
      typename T::value_type element{};
      read_value((*array)[i], element, JsonPath{.up = &path, .member = {}, .index = i}, missing);
      into.push_back(std::move(element));
    }
  } else if constexpr (kIsStringMap<T>) {
    const auto* object = value.if_object();
    if (object == nullptr) must_be("an object", value, path);
    into.clear();
    for (const auto& member : *object) {
      const std::string_view name = member.key();
      read_value(member.value(), into[std::string(name)], JsonPath{.up = &path, .member = name, .index = 0}, missing);
    }
  } else if constexpr (DescribedStruct<T>) {
    const auto* object = value.if_object();
    if (object == nullptr) must_be("an object", value, path);
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
      using Member = std::remove_cvref_t<decltype(into.*member.pointer)>;
      const JsonPath here{.up = &path, .member = member.name, .index = 0};
      const boost::json::value* found = object->if_contains(member.name);
      if (found != nullptr)
        read_value(*found, into.*member.pointer, here, missing);
      else if constexpr (kIsOptional<Member>)
        (into.*member.pointer).reset();
      else if (missing == Missing::kIsError)
        here.fail("is missing");
    });
  } else {
    static_assert(DescribedEnum<T>,
                  "this type has no JSON form: describe it with BOOST_DESCRIBE_STRUCT or BOOST_DESCRIBE_ENUM");
    read_enum(value, into, path);
  }
}

// Whether eight characters can be written as they are: none is a quote, a backslash or below 0x20.
inline bool stands_plain(const char* eight) {
  constexpr std::uint64_t kEach = 0x0101010101010101, kHigh = kEach * 0x80;
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof word);
  const auto any_zero = [](std::uint64_t bytes) { return (bytes - kEach) & ~bytes & kHigh; };
  const std::uint64_t below = (word - kEach * 0x20) & ~word & kHigh;
  return (below | any_zero(word ^ (kEach * '"')) | any_zero(word ^ (kEach * '\\'))) == 0;
}

inline void write_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    while (text.size() - i >= 8 && stands_plain(text.data() + i)) i += 8;
    if (i == text.size()) break;
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default: {
        constexpr char kDigits[] = "0123456789abcdef";
        out += "\\u00";
        out += kDigits[c >> 4];
        out += kDigits[c & 15];
      }
    }
  }
  out.append(text, plain);
  out += '"';
}

template <class T>
void write_number(std::string& out, T value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end.ptr);
}

template <class T>
void write_value(std::string& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_integral_v<T>) {
    write_number(out, value);
  } else if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) throw JsonError("a number that is infinite or not a number has no JSON form");
    write_number(out, value);
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
    write_string(out, value);
  } else if constexpr (kIsOptional<T>) {
    if (value)
      write_value(out, *value);
    else
      out += "null";
  } else if constexpr (kIsVector<T>) {
    out += '[';
    bool first = true;
    for (auto&& element : value) {
      if (!first) out += ',';
      first = false;
      write_value<typename T::value_type>(out, element);
    }
    out += ']';
  } else if constexpr (kIsStringMap<T>) {
    out += '{';
    bool first = true;
    for (const auto& [name, element] : value) {
      if (!first) out += ',';
      first = false;
      write_string(out, name);
      out += ':';
      write_value(out, element);
    }
    out += '}';
  } else if constexpr (DescribedStruct<T>) {
    out += '{';
    bool first = true;
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
      const auto& element = value.*member.pointer;
      if constexpr (kIsOptional<std::remove_cvref_t<decltype(element)>>) {
        if (!element) return;
      }
      if (!first) out += ',';
      first = false;
      write_string(out, member.name);
      out += ':';
      write_value(out, element);
    });
    out += '}';
  } else {
    static_assert(DescribedEnum<T>,
                  "this type has no JSON form: describe it with BOOST_DESCRIBE_STRUCT or BOOST_DESCRIBE_ENUM");
    const char* name = nullptr;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto enumerator) {
      if (value == enumerator.value) name = enumerator.name;
    });
    if (name == nullptr) throw JsonError("an enum value without a name has no JSON form");
    write_string(out, name);
  }
}

template <class T>
consteval std::string_view name_of_type() {
  std::string_view text = __PRETTY_FUNCTION__;
  const auto start = text.find("T = ") + 4;
  const auto end = text.find_first_of(";]", start);
  text = text.substr(start, end - start);
  const auto scope = text.rfind("::");
  return scope == std::string_view::npos ? text : text.substr(scope + 2);
}

}  // namespace detail

// The name under which an event struct travels: its own name without namespaces, unless it says `static constexpr
// std::string_view kType`.
template <class T>
constexpr std::string_view type_name() {
  if constexpr (requires { std::string_view(T::kType); })
    return T::kType;
  else
    return detail::name_of_type<T>();
}

// Reads into what is there already; with kKeepDefault members that are missing stay as they are.
template <class T>
void read_json(std::string_view text, T& into, Missing missing = Missing::kIsError) {
  unsigned char buffer[4096];  // an event of usual size is parsed without allocating
  boost::json::monotonic_resource memory(buffer, sizeof buffer);
  boost::json::error_code failed;
  const boost::json::value document = boost::json::parse({text.data(), text.size()}, failed, &memory);
  if (failed) throw JsonError("the document is not JSON: " + failed.message());
  detail::read_value(document, into, detail::JsonPath{}, missing);
}

template <class T>
T from_json(std::string_view text, Missing missing = Missing::kIsError) {
  T value{};
  read_json(text, value, missing);
  return value;
}

template <class T>
void append_json(std::string& out, const T& value) {
  detail::write_value(out, value);
}

template <class T>
std::string to_json(const T& value) {
  std::string out;
  detail::write_value(out, value);
  return out;
}

}  // namespace v0
}  // namespace gofuture
