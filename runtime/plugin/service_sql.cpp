#include "plugin/service_sql.hpp"

#include <exception>

#include "plugin/call.hpp"
#include "plugin/sql_guard.hpp"
#include "plugin/text.hpp"

namespace gofuture {

const gofuture_sql_service* SqlService::table() {
  static constexpr gofuture_sql_service kTable{sizeof(gofuture_sql_service), 0, execute};
  return &kTable;
}

void SqlService::enter(SqlSession* session) {
  session_ = session;
  aborted_.reset();
}

const gofuture_sql_rows* SqlService::execute(const gofuture_call* call, gofuture_bytes statement, const gofuture_sql_cell* parameters,
                                             std::uint32_t count, gofuture_bytes* error) noexcept {
  if (call == nullptr) return nullptr;
  BatchCall& host = BatchCall::of(call);
  if (!host.on_my_thread()) {
    if (error != nullptr) *error = bytes_of("statements are run on the handler's thread, in handle()");
    return nullptr;
  }
  SqlService& self = host.sql();
  self.error_.clear();
  const gofuture_sql_rows* rows = nullptr;
  try {
    if (host.begun() && host.open_event() == nullptr) {
      host.misbehaving("ran a statement between two events");
      self.error_ = "a statement belongs to an open event, or to the whole batch before the first begin";
    } else {
      const HostWait waiting(host.waits());
      rows = self.run(view_of(statement), parameters, count);
    }
  } catch (const std::exception& failure) {
    self.aborted_ = self.error_ = failure.what();
  }
  if (error != nullptr) *error = bytes_of(self.error_);
  return rows;
}

const gofuture_sql_rows* SqlService::run(std::string_view statement, const gofuture_sql_cell* parameters, std::uint32_t count) {
  if (session_ == nullptr) {
    error_ = "the manifest does not allow SQL";
    return nullptr;
  }
  if (aborted_) {
    error_ = "an earlier statement of this batch has failed (" + *aborted_ + "); finish with retry";
    return nullptr;
  }
  if (const auto allowed = check_sql(statement); !allowed) {
    error_ = allowed.error().message();
    return nullptr;
  }
  parameters_.clear();
  for (std::uint32_t i = 0; i < count; ++i)
    parameters_.push_back(parameters[i].is_null != 0 ? std::nullopt : std::optional(view_of(parameters[i].text)));
  auto answer = session_->execute(statement, parameters_);
  if (!answer) {
    error_ = printable(answer.error().message());
    aborted_ = error_;
    return nullptr;
  }
  rows_ = std::move(*answer);
  wrote_ = wrote_ || (rows_.affected > 0 && !only_reads(statement));
  show_rows();
  return &shown_;
}

void SqlService::show_rows() {
  columns_.clear();
  for (const std::string& name : rows_.columns) columns_.push_back(bytes_of(name));
  cells_.clear();
  for (const auto& cell : rows_.cells) cells_.push_back({bytes_of(cell ? std::string_view(*cell) : std::string_view()), cell ? 0U : 1U});
  shown_ = {};
  shown_.struct_size = sizeof shown_;
  shown_.column_count = static_cast<std::uint32_t>(columns_.size());
  shown_.row_count = rows_.rows();
  shown_.affected = rows_.affected;
  shown_.columns = columns_.data();
  shown_.cells = cells_.data();
}

}  // namespace gofuture
