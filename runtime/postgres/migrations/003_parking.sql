-- Events that wait for their next attempt, with the events of their key behind them (DESIGN §6). The keys row is the lock: rows
-- of a key are added and taken away only under it, and keys.parked counts them. `number` is the order.
CREATE TABLE gofuture.parked (
  function_id   int NOT NULL,
  state_key     text NOT NULL,
  number        bigint GENERATED ALWAYS AS IDENTITY,
  due_at        timestamptz,             -- of the oldest of its key alone: not before; also how long a claim lasts. null: waits
  held          boolean NOT NULL DEFAULT false,  -- it is dead, and its key waits for people (on_dead = "hold")
  attempts      int NOT NULL,            -- deliveries so far
  class         text NOT NULL DEFAULT '',
  message       text NOT NULL DEFAULT '',  -- why the last one failed
  event_id      uuid NOT NULL,
  digest        uuid NOT NULL,
  type          text NOT NULL,
  newest_us     bigint,                  -- fence newest: of this event
  topic         text NOT NULL,           -- its place in the log
  partition     int NOT NULL,
  "offset"      bigint NOT NULL,
  redrive       int NOT NULL DEFAULT 0,
  key           bytea,                   -- the record as it was
  value         bytea,
  header_names  text[] NOT NULL DEFAULT '{}',
  header_values bytea[] NOT NULL DEFAULT '{}',
  timestamp_ms  bigint NOT NULL,
  bytes         int NOT NULL,
  correlationid text,
  parked_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (function_id, state_key, number)
);
CREATE INDEX parked_due ON gofuture.parked (function_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX parked_correlation ON gofuture.parked (correlationid);
-- Rows come and go quickly.
ALTER TABLE gofuture.parked SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- For people, after a dead letter has held its key: what stands behind it goes on.
-- A key that nothing holds is left alone: its retry keeps its time, and whoever has claimed it his lease.
CREATE FUNCTION gofuture.release_key(of_function text, of_key text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  id int := (SELECT f.id FROM gofuture.functions f WHERE f.name = of_function);
  gone int;
BEGIN
  PERFORM FROM gofuture.keys k WHERE k.function_id = id AND k.state_key = of_key FOR UPDATE;
  DELETE FROM gofuture.parked p WHERE p.function_id = id AND p.state_key = of_key AND p.held;
  GET DIAGNOSTICS gone = ROW_COUNT;
  UPDATE gofuture.keys k SET parked = k.parked - gone WHERE k.function_id = id AND k.state_key = of_key AND gone > 0;
  UPDATE gofuture.parked p SET due_at = clock_timestamp() WHERE p.function_id = id AND p.state_key = of_key AND p.due_at IS NULL
    AND p.number = (SELECT min(q.number) FROM gofuture.parked q WHERE q.function_id = id AND q.state_key = of_key);
  RETURN gone;
END $$;
