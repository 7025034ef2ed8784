-- The tables of the postgres mode (DESIGN §4). Everything of the runtime lives in the schema gofuture; business tables live in
-- schemas of their own. Never edited once released: a change is a new file.

CREATE SCHEMA IF NOT EXISTS gofuture;

-- One row per function. `epoch` is the floor: the newest deployment; a commit that carries a lower one is fenced.
CREATE TABLE gofuture.functions (
  id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name       text NOT NULL UNIQUE,
  epoch      bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE gofuture.deployments (
  function_id int NOT NULL REFERENCES gofuture.functions,
  epoch       bigint NOT NULL,
  digest      text NOT NULL,             -- of the library file
  version     text NOT NULL DEFAULT '',  -- as the library calls itself
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (function_id, epoch)
);

-- The fence: one row per (function, event), for every outcome. `bucket` comes from event_id alone (the day of a UUIDv7, else a
-- negative hash), so that one id can never pass twice under two times.
CREATE TABLE gofuture.inbox (
  bucket      int NOT NULL,
  function_id int NOT NULL,
  event_id    uuid NOT NULL,
  digest      uuid NOT NULL,             -- 128 bits over type, key, data
  outcome     smallint NOT NULL,         -- 0 ok, 1 skip, 2 dead, 3 parked
  attempts    smallint NOT NULL,
  redrive     int NOT NULL DEFAULT 0,
  epoch       bigint NOT NULL,
  done_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (bucket, function_id, event_id)
) PARTITION BY LIST (bucket);

CREATE TABLE gofuture.inbox_hashed PARTITION OF gofuture.inbox FOR VALUES IN (-1, -2, -3, -4, -5, -6, -7, -8);
CREATE INDEX inbox_hashed_age ON gofuture.inbox_hashed USING brin (done_at);

-- Which days have a partition, and which have been dropped: only there an event may be rejected for its age.
CREATE TABLE gofuture.inbox_days (
  bucket     int PRIMARY KEY,
  dropped_at timestamptz
);

-- One row per (function, state key): the lock, the state, and what the next event must compare with.
CREATE TABLE gofuture.keys (
  function_id int NOT NULL,
  state_key   text NOT NULL,
  version     bigint NOT NULL,
  epoch       bigint NOT NULL,
  newest_us   bigint,                    -- fence newest: microseconds since 1970; null: never seen
  parked      int NOT NULL DEFAULT 0,    -- events of this key that wait for their next attempt
  state       bytea,                     -- null: the key has no state
  updated_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (function_id, state_key)
) WITH (fillfactor = 80);

-- Debezium's outbox columns, plus a closed list of header columns (text). `aggregatetype` is the source, `aggregateid` the record key.
CREATE SEQUENCE gofuture.events_outbox_seq CACHE 1;
CREATE TABLE gofuture.events_outbox (
  id              uuid NOT NULL,
  aggregatetype   text NOT NULL,
  aggregateid     text NOT NULL CHECK (aggregateid <> ''),
  type            text NOT NULL,
  topic           text NOT NULL,         -- CHECK events_outbox_topic is kept by `gofuture migrate` from the catalogue
  payload         bytea NOT NULL,
  subject         text,
  time            text,
  datacontenttype text NOT NULL DEFAULT 'application/json',
  correlationid   text,
  causationid     text,
  traceparent     text,
  tracestate      text,
  hops            text NOT NULL DEFAULT '0',
  created_at      timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
  seq             bigint NOT NULL DEFAULT nextval('gofuture.events_outbox_seq')
) PARTITION BY RANGE (created_at);
ALTER SEQUENCE gofuture.events_outbox_seq OWNED BY gofuture.events_outbox.seq;
CREATE INDEX events_outbox_correlation ON gofuture.events_outbox (correlationid);
CREATE INDEX events_outbox_by_seq ON gofuture.events_outbox USING brin (seq);
-- Days are made ahead; what falls outside them still has a place, and an alert.
CREATE TABLE gofuture.events_outbox_default PARTITION OF gofuture.events_outbox DEFAULT;
CREATE TABLE gofuture.outbox_days (
  day        date PRIMARY KEY,
  sealed_lsn pg_lsn                      -- once set, no row of this day can be younger; dropped when the relay has passed it
);

CREATE PUBLICATION gofuture_outbox FOR TABLE gofuture.events_outbox
  WITH (publish = 'insert', publish_via_partition_root = true);

-- How far a relay has come, by sequence: what is re-emitted from after a lost slot.
CREATE TABLE gofuture.relay_position (
  slot         text PRIMARY KEY,
  confirmed    pg_lsn NOT NULL,
  seq          bigint NOT NULL,
  committed_at timestamptz,              -- commit time of the last confirmed transaction
  updated_at   timestamptz NOT NULL DEFAULT now()
);

-- An event that ended badly, kept whole. The key is its place in the log, so a redelivery cannot make a second one.
CREATE TABLE gofuture.dead_letters (
  function_id  int NOT NULL,
  topic        text NOT NULL,
  partition    int NOT NULL,
  "offset"     bigint NOT NULL,
  redrive      int NOT NULL DEFAULT 0,
  event_id     uuid NOT NULL,
  type         text NOT NULL DEFAULT '',
  state_key    text,
  class        text NOT NULL,            -- corrupted, business, idempotency, transient, crash
  message      text NOT NULL,
  attempts     int NOT NULL,
  epoch        bigint NOT NULL,
  key          bytea,                    -- the record as it was
  value        bytea,
  header_names text[] NOT NULL DEFAULT '{}',
  header_values bytea[] NOT NULL DEFAULT '{}',
  timestamp_ms bigint NOT NULL,
  correlationid text,
  dead_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (function_id, topic, partition, "offset", redrive)
);
CREATE INDEX dead_letters_correlation ON gofuture.dead_letters (correlationid);

-- Where a function's partitions were first read from. `started`: an offset has been committed since.
CREATE TABLE gofuture.start_offsets (
  function_id int NOT NULL,
  topic       text NOT NULL,
  partition   int NOT NULL,
  "offset"    bigint NOT NULL,
  started     boolean NOT NULL DEFAULT false,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (function_id, topic, partition)
);
