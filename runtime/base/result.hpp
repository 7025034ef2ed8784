// Result<T>: a value, or an Error that is written for the person who reads it.
//
// Expected failures are values here; exceptions of third parties stop at the edge of the folder that uses them. An Error
// says what happened, where, and what to do next, in whole sentences, with the names involved.
//
//   Result<Library> opened = Library::open(path);
//   if (!opened) return opened.error().within("function start_payment");
//   use(*opened);
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace gofuture {

class Error {
 public:
  explicit Error(std::string message) : message_(std::move(message)) {}

  const std::string& message() const { return message_; }

  // The same error told with where it happened in front: "<where>: <message>".
  Error within(std::string_view where) const { return Error(std::string(where) + ": " + message_); }

 private:
  std::string message_;
};

struct Done {};  // the value of a Result that has nothing to say but "it worked"

template <class T = Done>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::move(value)) {}      // NOLINT: implicit by purpose, `return value;`
  Result(Error error) : held_(std::move(error)) {}  // NOLINT: implicit by purpose, `return Error(...)`

  explicit operator bool() const { return held_.index() == 0; }

  T& operator*() & { return std::get<0>(held_); }
  const T& operator*() const& { return std::get<0>(held_); }
  T&& operator*() && { return std::get<0>(std::move(held_)); }
  T* operator->() { return &std::get<0>(held_); }
  const T* operator->() const { return &std::get<0>(held_); }
  const Error& error() const { return std::get<1>(held_); }

 private:
  std::variant<T, Error> held_;
};

inline Result<Done> ok() { return Done{}; }

}  // namespace gofuture
