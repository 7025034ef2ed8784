-- Strikes: ends of a process that one event is to blame for (DESIGN §6). Counted at the next start, before anything runs; a row
-- lives until an outcome of its event is durable, which carries the attempts.

CREATE TABLE gofuture.strikes (
  function_id int NOT NULL REFERENCES gofuture.functions,
  event_id    uuid NOT NULL,
  count       int NOT NULL DEFAULT 1,
  cause       text NOT NULL,             -- of the last one: SIGSEGV, …, hang, memory
  run         uuid NOT NULL,             -- of the process that the last one ended: a start that is tried again counts it once
  topic       text NOT NULL DEFAULT '',  -- where the event stood in the log; '' and -1: not known
  partition   int NOT NULL DEFAULT -1,
  "offset"    bigint NOT NULL DEFAULT -1,
  at          timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (function_id, event_id)
);
