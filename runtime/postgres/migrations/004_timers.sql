-- Timers of keys, and events that leave later (DESIGN §4). A key has one timer of each name; setting it again gives it a new number,
-- so that whoever has claimed the old one finds it gone.
CREATE TABLE gofuture.timers (
  function_id   int NOT NULL,
  state_key     text NOT NULL,
  name          text NOT NULL,
  number        bigint GENERATED ALWAYS AS IDENTITY,
  due_at        timestamptz NOT NULL,
  claimed_until timestamptz,
  topic         text NOT NULL,           -- of the event that set it
  partition     int NOT NULL,
  correlationid text,
  causationid   text,                    -- that event's id
  traceparent   text,
  tracestate    text,
  hops          int NOT NULL DEFAULT 0,
  set_at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (function_id, state_key, name)
) WITH (fillfactor = 80);
CREATE INDEX timers_due ON gofuture.timers (function_id, due_at);
CREATE INDEX timers_correlation ON gofuture.timers (correlationid);

-- A function has processed everything of this partition that was in Kafka when everything committed before `at` had been sent there.
-- A timer fires only when all of the function's partitions have passed its time: queued answers win against deadlines.
CREATE TABLE gofuture.caught_up (
  function_id int NOT NULL,
  topic       text NOT NULL,
  partition   int NOT NULL,
  at          timestamptz NOT NULL,
  PRIMARY KEY (function_id, topic, partition)
) WITH (fillfactor = 50);

-- Emitted events that leave at a time: moved to events_outbox when it has come.
CREATE TABLE gofuture.delayed_events (
  id            uuid NOT NULL PRIMARY KEY,
  due_at        timestamptz NOT NULL,
  aggregatetype text NOT NULL,
  aggregateid   text NOT NULL CHECK (aggregateid <> ''),
  type          text NOT NULL,
  topic         text NOT NULL,
  payload       bytea NOT NULL,
  subject       text,
  time          text,
  correlationid text,
  causationid   text,
  traceparent   text,
  tracestate    text,
  hops          text NOT NULL DEFAULT '0'
);
CREATE INDEX delayed_events_due ON gofuture.delayed_events (due_at);
CREATE INDEX delayed_events_correlation ON gofuture.delayed_events (correlationid);
