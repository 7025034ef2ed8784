/* Runs each event's data as a statement ($1 the state key, $2 NULL) and keeps the first cell as state; "-- skip" at its end makes
 * it finish with skip. What cannot be run is retried with the host's words. */
#define OWN_CREATE
#define OWN_HANDLE
#define STATEFUL 1
#define USES_SQL 1
#include "skeleton.h"
#include <gofuture/service/sql.h>

static void* create(const gofuture_host* host, char* error, uint64_t error_size) {
  (void)error, (void)error_size;
  return (void*)host->service(host, GOFUTURE_SQL_SERVICE);
}

static int says_skip(gofuture_bytes statement) {
  return statement.size > 7 && memcmp((const char*)statement.data + statement.size - 7, "-- skip", 7) == 0;
}

static void handle(void* self, const gofuture_batch* batch, const gofuture_call* call) {
  const gofuture_sql_service* sql = (const gofuture_sql_service*)self;
  for (uint32_t i = 0; i < batch->event_count; ++i) {
    const gofuture_event* event = batch->events[i];
    gofuture_sql_cell parameters[2];
    gofuture_bytes error;
    const gofuture_sql_rows* rows;
    memset(parameters, 0, sizeof parameters);
    parameters[0].text = event->state_key;
    parameters[1].is_null = 1;
    if (call->begin(call, i) == 0) continue;
    rows = sql->execute(call, event->data, parameters, 2, &error);
    if (rows != NULL && rows->row_count > 0) call->set_state(call, i, rows->cells[0].text);
    if (rows == NULL) call->finish(call, i, GOFUTURE_RETRY, error);
    else call->finish(call, i, says_skip(event->data) ? GOFUTURE_SKIP : GOFUTURE_OK, text(""));
  }
}
