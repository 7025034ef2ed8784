// SQL for functions whose manifest says `sql`: statements run inside the transaction that commits the batch, so what
// they write and "this event is done" are one. Inherit UsesSql:
//
//   class Count : public gofuture::Function<>, public gofuture::UsesSql {
//    public:
//     Outcome on(const Visit& visit) {
//       auto rows = sql("INSERT INTO visits AS v (page, n) VALUES ($1, 1) "
//                       "ON CONFLICT (page) DO UPDATE SET n = v.n + 1 RETURNING n", visit.page);
//       log_info("visited", "page", visit.page, "times", rows[0].get<std::int64_t>("n"));
//       return ok();
//     }
//   };
//
// Decide before you write: there is no savepoint per event, so what an event wrote commits even if it then ends with
// skip, reject, retry or later. An SQL error (SqlError) ends the transaction for the whole batch; let it pass and the
// host tries again. A std::vector becomes a Postgres array, so that one statement can write many rows: `… FROM
// unnest($1::text[], $2::bigint[])`.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "context.hpp"

namespace gofuture {
inline namespace v0 {

class SqlError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

template <class T>
inline constexpr bool kIsOptionalParameter = false;
template <class T>
inline constexpr bool kIsOptionalParameter<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsArrayParameter = false;
template <class T, class A>
inline constexpr bool kIsArrayParameter<std::vector<T, A>> = true;

template <class T>
void append_sql_text(std::string& out, const T& value);

inline void append_array_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

template <class T>
void append_array_element(std::string& out, const T& value) {
  if constexpr (kIsOptionalParameter<T>) {
    if (value)
      append_array_element(out, *value);
    else
      out += "NULL";
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    append_array_text(out, value);
  } else {
    append_sql_text(out, value);
  }
}

// Text format, as Postgres reads it.
template <class T>
void append_sql_text(std::string& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_arithmetic_v<T>) {
    char digits[32];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  } else if constexpr (kIsArrayParameter<T>) {
    out += '{';
    bool first = true;
    for (auto&& element : value) {
      if (!first) out += ',';
      first = false;
      append_array_element<typename T::value_type>(out, element);
    }
    out += '}';
  } else {
    static_assert(std::is_convertible_v<const T&, std::string_view>,
                  "an SQL parameter is a number, bool, text, std::optional or std::vector of them");
    out += std::string_view(value);
  }
}

// One parameter's text, owned where it had to be made, borrowed where it was text already.
struct SqlParameter {
  std::string made;
  gofuture_sql_cell cell{{nullptr, 0}, 0};

  template <class T>
  explicit SqlParameter(const T& value) {
    if constexpr (std::is_same_v<T, std::nullptr_t> || std::is_same_v<T, std::nullopt_t>) {
      cell.is_null = 1;
    } else if constexpr (kIsOptionalParameter<T>) {
      if (value)
        take(*value);
      else
        cell.is_null = 1;
    } else {
      take(value);
    }
  }
  SqlParameter(const SqlParameter&) = delete;
  SqlParameter& operator=(const SqlParameter&) = delete;

 private:
  template <class T>
  void take(const T& value) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      cell.text = bytes_of(value);
    } else {
      append_sql_text(made, value);
      cell.text = bytes_of(made);
    }
  }
};

}  // namespace detail

// The answer to one statement; owns its text, so it may be kept while further statements run.
class Rows {
 public:
  class Row {
   public:
    // Throws SqlError when there is no such column, the value is null and T is not optional, or it does not read as a
    // T.
    template <class T>
    T get(std::string_view column) const {
      const std::optional<std::string_view> cell = rows_->cell(row_, column);
      if constexpr (detail::kIsOptionalParameter<T>) {
        if (!cell) return std::nullopt;
        return read<typename T::value_type>(*cell, column);
      } else {
        if (!cell) throw SqlError("column \"" + std::string(column) + "\" is null; read it as std::optional");
        return read<T>(*cell, column);
      }
    }

   private:
    friend class Rows;
    Row(const Rows* rows, std::size_t row) : rows_(rows), row_(row) {}

    template <class T>
    static T read(std::string_view text, std::string_view column) {
      if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
        return T(text);
      } else if constexpr (std::is_same_v<T, bool>) {
        if (text == "t" || text == "true") return true;
        if (text == "f" || text == "false") return false;
      } else {
        static_assert(std::is_arithmetic_v<T>,
                      "a column reads as a number, bool, std::string or std::optional of them");
        T value{};
        const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
        if (end.ec == std::errc() && end.ptr == text.data() + text.size()) return value;
      }
      throw SqlError("column \"" + std::string(column) + "\" holds \"" + std::string(text) +
                     "\", which does not read as the type asked for");
    }
    const Rows* rows_;
    std::size_t row_;
  };

  class Iterator {
   public:
    Iterator(const Rows* rows, std::size_t row) : rows_(rows), row_(row) {}
    Row operator*() const { return (*rows_)[row_]; }
    Iterator& operator++() {
      ++row_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return row_ == other.row_; }

   private:
    const Rows* rows_;
    std::size_t row_;
  };

  explicit Rows(const gofuture_sql_rows& raw) : rows_(raw.row_count), affected_(raw.affected) {
    for (std::uint32_t i = 0; i < raw.column_count; ++i) columns_.emplace_back(detail::view(raw.columns[i]));
    const std::size_t count = raw.row_count * raw.column_count;
    cells_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      if (raw.cells[i].is_null != 0)
        cells_.emplace_back();
      else
        cells_.emplace_back(detail::view(raw.cells[i].text));
    }
  }

  std::size_t size() const { return rows_; }
  bool empty() const { return rows_ == 0; }
  std::int64_t affected() const { return affected_; }  // rows that the statement inserted, updated or deleted
  Row operator[](std::size_t row) const {
    if (row >= rows_)
      throw SqlError("row " + std::to_string(row) + " was asked for, there are " + std::to_string(rows_));
    return Row(this, row);
  }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, rows_}; }

 private:
  std::optional<std::string_view> cell(std::size_t row, std::string_view column) const {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i] == column) return cells_[row * columns_.size() + i];
    }
    std::string names;
    for (const auto& name : columns_) names += (names.empty() ? "" : ", ") + name;
    throw SqlError("no column \"" + std::string(column) + "\"; there are: " + names);
  }

  std::size_t rows_;
  std::int64_t affected_;
  std::vector<std::string> columns_;
  std::vector<std::optional<std::string>> cells_;
};

class UsesSql : private detail::Bound {
 protected:
  // One statement; parameters are $1, $2, … Throws SqlError.
  template <class... Parameters>
  Rows sql(std::string_view statement, const Parameters&... parameters) {
    const detail::Context& context = Bound::context();
    if (context.sql == nullptr) throw SqlError("the manifest has no `sql`: add sql = { schema = \"…\" } to [function]");
    if (context.call == nullptr) throw SqlError("sql() works only while events are handled");
    const detail::SqlParameter owned[sizeof...(parameters) + 1] = {detail::SqlParameter(parameters)...,
                                                                   detail::SqlParameter(nullptr)};
    gofuture_sql_cell cells[sizeof...(parameters) + 1];
    for (std::size_t i = 0; i < sizeof...(parameters); ++i) cells[i] = owned[i].cell;
    gofuture_bytes error{nullptr, 0};
    const gofuture_sql_rows* rows =
        context.sql->execute(context.call, detail::bytes_of(statement), cells, sizeof...(parameters), &error);
    if (rows == nullptr) throw SqlError(std::string(detail::view(error)));
    return Rows(*rows);
  }
};

}  // namespace v0
}  // namespace gofuture
