// Service gofuture.sql/0 for one handler: one guarded statement per call, inside the transaction that will commit the batch.
// The session is lent for one batch. After an error the transaction is lost, and every further statement is told so.
// The store's thread only.
#pragma once

#include <gofuture/service/sql.h>

#include <optional>
#include <string>
#include <vector>

#include "pipeline/io.hpp"

namespace gofuture {

class SqlService {
 public:
  static const gofuture_sql_service* table();

  void enter(SqlSession* session);
  void leave() { session_ = nullptr; }
  void begin_event() { wrote_ = false; }
  bool wrote() const { return wrote_; }                                   // rows were changed since begin_event()
  const std::optional<std::string>& aborted() const { return aborted_; }  // why the transaction is lost

 private:
  static const gofuture_sql_rows* execute(const gofuture_call* call, gofuture_bytes statement, const gofuture_sql_cell* parameters,
                                          std::uint32_t count, gofuture_bytes* error) noexcept;
  const gofuture_sql_rows* run(std::string_view statement, const gofuture_sql_cell* parameters, std::uint32_t count);
  void show_rows();

  SqlSession* session_ = nullptr;
  std::optional<std::string> aborted_;
  bool wrote_ = false;
  std::string error_;
  SqlRows rows_;                         // what the library's views point into
  std::vector<gofuture_bytes> columns_;
  std::vector<gofuture_sql_cell> cells_;
  std::vector<std::optional<std::string_view>> parameters_;
  gofuture_sql_rows shown_{};
};

}  // namespace gofuture
