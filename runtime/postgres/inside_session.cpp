#include "postgres/inside_session.hpp"

#include <utility>

namespace gofuture {
namespace {

constexpr std::size_t kPreparedMax = 200;

}  // namespace

void InsideSession::begin(PgConnection& connection, const Batch& batch) {
  connection_ = &connection;
  batch_ = &batch;
  failure_.reset();
}

Result<SqlRows> InsideSession::failed(const SqlFailure& failure) {
  failure_.emplace();
  failure_->sql = failure;
  for (std::uint32_t i = 0; i < batch_->events.size(); ++i) {
    const Event& event = *batch_->events[i];
    if (event.decided) continue;
    failure_->event = i;
    if (event.outcome == Outcome::kPending) break;
    failure_->after_others = true;
  }
  return failure.error();
}

Result<SqlRows> InsideSession::execute(std::string_view sql, const std::vector<std::optional<std::string_view>>& parameters) {
  if (failure_) return Error("an earlier statement of this batch failed: " + failure_->sql.message);
  for (const auto& parameter : parameters)
    if (parameter && parameter->find('\0') != std::string_view::npos) {
      SqlFailure nul;  // libpq would cut it there
      nul.message = "a parameter holds a NUL byte, which text cannot";
      return failed(nul);
    }
  const PgResult result = run(sql, parameters);
  if (!result.ok()) return failed(result.failure());
  SqlRows rows;
  rows.affected = result.affected();
  for (int column = 0; column < result.columns(); ++column) rows.columns.emplace_back(result.column_name(column));
  rows.cells.reserve(static_cast<std::size_t>(result.rows()) * rows.columns.size());
  for (int row = 0; row < result.rows(); ++row)
    for (int column = 0; column < result.columns(); ++column) rows.cells.push_back(result.maybe(row, column));
  return rows;
}

PgResult InsideSession::run(std::string_view sql, const std::vector<std::optional<std::string_view>>& parameters) {
  std::string text(sql);
  auto known = names_.find(text);
  if (known == names_.end()) {
    if (names_.size() >= kPreparedMax) return connection_->run(text, parameters);
    const std::string name = "inside_" + std::to_string(names_.size());
    PgResult prepared = connection_->prepare(name.c_str(), text);
    if (!prepared.ok()) return prepared;
    known = names_.emplace(std::move(text), name).first;
  }
  return connection_->run_prepared(known->second.c_str(), parameters);
}

}  // namespace gofuture
