// The services of the host as a test programs them: HTTP answers by call name, SQL answers in order, rows to look up.
// What was asked is recorded. Part of testing.hpp.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../context.hpp"
#include "../http.hpp"

namespace gofuture {
inline namespace v0 {

// Nothing is answered that was not programmed: an unexpected call fails the test and is told "unreachable".
class FakeHttp {
 public:
  struct Request {
    std::string name, method, url, content_type, body, effect;  // effect: of http().once(…), else empty
    template <class T>
    T json() const {
      return from_json<T>(body);
    }
  };

  // Answers are used up in order, per call name; the last one stays.
  FakeHttp& answer(const std::string& name, int status, std::string body = {}) {
    return add(name, {Response::Result::kAnswered, status, std::move(body), {}});
  }
  FakeHttp& unreachable(const std::string& name) {
    return add(name, {Response::Result::kUnreachable, 0, {}, "connection refused"});
  }
  FakeHttp& times_out(const std::string& name) {
    return add(name, {Response::Result::kUnknown, 0, {}, "no answer in time"});
  }
  FakeHttp& forbids(const std::string& name) {
    return add(name, {Response::Result::kForbidden, 0, {}, "not in the allow list"});
  }

  // Whoever answers from now on.
  FakeHttp& served_by(std::function<Response(const Request&)> server) {
    server_ = std::move(server);
    return *this;
  }

  const std::vector<Request>& requests() const { return requests_; }

  void serve(const gofuture_http_request& request, gofuture_http_response& response) {
    const auto text = [](gofuture_bytes bytes) { return std::string(detail::view(bytes)); };
    requests_.push_back(
        {text(request.name), text(request.method), text(request.url), text(request.content_type), text(request.body),
         text(request.effect)});
    auto& answers = answers_[requests_.back().name];
    if (server_) {
      last_ = server_(requests_.back());
    } else if (answers.empty()) {
      ADD_FAILURE() << "unexpected request \"" << requests_.back().name << "\": " << requests_.back().method << ' '
                    << requests_.back().url << "; program it with http().answer(…)";
      last_ = {Response::Result::kUnreachable, 0, {}, "not programmed"};
    } else {
      last_ = answers.front();
      if (answers.size() > 1) answers.pop_front();
    }
    response.result = static_cast<std::int32_t>(last_.result);
    response.status = last_.status;
    response.body = detail::bytes_of(last_.body);
    response.error = detail::bytes_of(last_.error);
  }

 private:
  FakeHttp& add(const std::string& name, Response response) {
    answers_[name].push_back(std::move(response));
    return *this;
  }
  std::function<Response(const Request&)> server_;
  std::map<std::string, std::deque<Response>> answers_;
  std::vector<Request> requests_;
  Response last_;
};

// Each statement takes the next answer; where none is programmed it affects nothing and returns no rows.
class FakeSql {
 public:
  using Cell = std::optional<std::string>;
  struct Statement {
    std::string text;
    std::vector<Cell> parameters;
  };
  struct Answer {
    std::vector<std::string> columns{};
    std::vector<std::vector<Cell>> rows{};
    std::int64_t affected = 0;  // -1: as many as there are rows
    std::string error{};        // not empty: the statement failed
  };

  FakeSql& rows(std::vector<std::string> columns, std::vector<std::vector<Cell>> rows) {
    answers_.push_back({std::move(columns), std::move(rows), -1, {}});
    return *this;
  }
  FakeSql& affects(std::int64_t count) {
    answers_.push_back({{}, {}, count, {}});
    return *this;
  }
  FakeSql& fails(std::string why) {
    answers_.push_back({{}, {}, 0, std::move(why)});
    return *this;
  }

  // Whoever answers from now on, e.g. a real database.
  FakeSql& served_by(std::function<Answer(const Statement&)> server) {
    server_ = std::move(server);
    return *this;
  }

  const std::vector<Statement>& statements() const { return statements_; }

  const gofuture_sql_rows* execute(gofuture_bytes statement, const gofuture_sql_cell* parameters, std::uint32_t count,
                                   gofuture_bytes* error) {
    Statement asked{std::string(detail::view(statement)), {}};
    for (std::uint32_t i = 0; i < count; ++i) {
      if (parameters[i].is_null != 0)
        asked.parameters.emplace_back();
      else
        asked.parameters.emplace_back(detail::view(parameters[i].text));
    }
    statements_.push_back(std::move(asked));
    if (server_) {
      last_ = server_(statements_.back());
    } else {
      last_ = answers_.empty() ? Answer{} : std::move(answers_.front());
      if (!answers_.empty()) answers_.pop_front();
    }
    if (!last_.error.empty()) {
      *error = detail::bytes_of(last_.error);
      return nullptr;
    }
    columns_.clear();
    cells_.clear();
    for (const auto& name : last_.columns) columns_.push_back(detail::bytes_of(name));
    for (const auto& row : last_.rows) {
      EXPECT_EQ(row.size(), columns_.size()) << "a programmed row has another number of cells than there are columns";
      for (const auto& cell : row)
        cells_.push_back({cell ? detail::bytes_of(*cell) : gofuture_bytes{nullptr, 0}, cell ? 0U : 1U});
    }
    answer_ = {sizeof answer_,    static_cast<std::uint32_t>(columns_.size()),
               last_.rows.size(), last_.affected < 0 ? static_cast<std::int64_t>(last_.rows.size()) : last_.affected,
               columns_.data(),   cells_.data()};
    return &answer_;
  }

 private:
  std::function<Answer(const Statement&)> server_;
  std::deque<Answer> answers_;
  std::vector<Statement> statements_;
  Answer last_;
  std::vector<gofuture_bytes> columns_;
  std::vector<gofuture_sql_cell> cells_;
  gofuture_sql_rows answer_{};
};

}  // namespace v0
}  // namespace gofuture
