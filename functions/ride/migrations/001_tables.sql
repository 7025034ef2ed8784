-- The business tables of the ride platform, applied by `gofuture migrate`. Never edited once released: a change is a new file.
--
-- Who writes what: the riders' app inserts ride.bookings (status 'created'); booking_status moves its status and its money;
-- track_drivers writes ride.driver_positions and registers drivers; assign_driver alone gives and frees drivers.

CREATE SCHEMA IF NOT EXISTS ride;

-- How far a booking has come. Late events never move it backwards: a status applies only if its rank is higher.
-- 'canceled' stands above 'completed' because money follows the cancel: a canceled booking is refunded, whatever else happened.
CREATE FUNCTION ride.status_rank(status text) RETURNS smallint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT (CASE status
    WHEN 'created' THEN 0
    WHEN 'paying' THEN 10
    WHEN 'payment_failed' THEN 15
    WHEN 'paid' THEN 20
    WHEN 'searching' THEN 30
    WHEN 'no_driver' THEN 35
    WHEN 'assigned' THEN 40
    WHEN 'arrived' THEN 50
    WHEN 'started' THEN 60
    WHEN 'completed' THEN 90
    WHEN 'canceled' THEN 100
  END)::smallint
$$;

CREATE TABLE ride.bookings (
  booking_id     text PRIMARY KEY,
  rider_id       text NOT NULL,
  region_id      text NOT NULL,                 -- of the pickup: floor(lat*100):floor(lon*100)
  pickup_lat     double precision NOT NULL,
  pickup_lon     double precision NOT NULL,
  amount_minor   bigint NOT NULL CHECK (amount_minor > 0),
  currency       text NOT NULL,
  status         text NOT NULL DEFAULT 'created',
  rank           smallint NOT NULL GENERATED ALWAYS AS (ride.status_rank(status)) STORED,  -- not null: unknown states are refused
  driver_id      text,                          -- the driver it was given to
  captured_minor bigint NOT NULL DEFAULT 0,     -- sums, so that an effect applied twice shows
  refunded_minor bigint NOT NULL DEFAULT 0,
  story          text NOT NULL DEFAULT '',      -- what was heard of it, in that order: shows what came twice or was overtaken
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);

-- One row per driver, and the lock that a driver is taken under: it is free while booking_id is null. Positions live in a table of
-- their own, so that their flood never holds a lock that an assignment would have to skip.
CREATE TABLE ride.drivers (
  driver_id   text PRIMARY KEY,
  booking_id  text UNIQUE,                      -- one booking per driver, one driver per booking
  assigned_at timestamptz,
  created_at  timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);

CREATE TABLE ride.driver_positions (
  driver_id   text PRIMARY KEY,
  lat         double precision NOT NULL,
  lon         double precision NOT NULL,
  region_id   text NOT NULL,
  status      text NOT NULL CHECK (status IN ('available', 'busy')),  -- as the driver's phone says
  observed_at timestamptz NOT NULL,             -- by the driver's own time: only newer positions apply
  seen_at     timestamptz NOT NULL DEFAULT now(),                     -- by ours
  cell_lat    int NOT NULL GENERATED ALWAYS AS (floor(lat * 100)::int) STORED,
  cell_lon    int NOT NULL GENERATED ALWAYS AS (floor(lon * 100)::int) STORED
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
-- Cells of about a kilometre change rarely, so most updates touch no index.
CREATE INDEX driver_positions_cell ON ride.driver_positions (cell_lat, cell_lon);

-- The mark that a cancel leaves: a request that meets it assigns nobody.
CREATE TABLE ride.canceled_bookings (
  booking_id  text PRIMARY KEY,
  reason      text NOT NULL,
  canceled_at timestamptz NOT NULL DEFAULT now()
);

-- Every assignment that was ever made; open while ended_at is null.
CREATE TABLE ride.assignments (
  booking_id  text PRIMARY KEY,
  driver_id   text NOT NULL,
  region_id   text NOT NULL,
  distance_m  int NOT NULL,
  assigned_at timestamptz NOT NULL DEFAULT now(),
  ended_at    timestamptz,
  ended_by    text CHECK (ended_by IN ('completed', 'canceled'))
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX assignments_open ON ride.assignments (driver_id) WHERE ended_at IS NULL;
