/* Service "gofuture.sql/0": one statement inside the transaction that commits the batch, in the schema that the manifest names.
 * No transaction, role or session commands. An error aborts the batch's transaction: finish with GOFUTURE_RETRY.
 * Results belong to the host and are valid until the next execute or until handle() returns.
 * [worker: only the thread that is in handle(), between begin and finish — or before the first begin for the whole batch] */
#ifndef GOFUTURE_SERVICE_SQL_H
#define GOFUTURE_SERVICE_SQL_H
#include "../abi.h"
#ifdef __cplusplus
extern "C" {
#endif
#define GOFUTURE_SQL_SERVICE "gofuture.sql/0"
typedef struct gofuture_sql_cell {  /* frozen as it is */
  gofuture_bytes text;              /* text format */
  uint64_t is_null;
} gofuture_sql_cell;
typedef struct gofuture_sql_rows {
  uint32_t struct_size;
  uint32_t column_count;
  uint64_t row_count;
  int64_t affected;
  const gofuture_bytes* columns;    /* column_count names */
  const gofuture_sql_cell* cells;   /* row_count * column_count, row by row */
} gofuture_sql_rows;
typedef struct gofuture_sql_service {
  uint32_t struct_size;
  uint32_t reserved;
  /* Parameters are text ($1, $2, ...); is_null = 1 sends NULL. Returns null on error; *error then holds the reason. */
  const gofuture_sql_rows* (*execute)(const gofuture_call* call, gofuture_bytes statement, const gofuture_sql_cell* parameters,
                                      uint32_t parameter_count, gofuture_bytes* error);
} gofuture_sql_service;
#ifdef __cplusplus
}
#endif
#endif
