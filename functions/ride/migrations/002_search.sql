-- What assign_driver's search needs to stay cheap when nearly everybody is free, and when nearly nobody is.

-- Flat earth: good to a few per mille within 10 km.
CREATE FUNCTION ride.metres_between(lat_a float8, lon_a float8, lat_b float8, lon_b float8) RETURNS float8
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT 111320 * sqrt((lat_a - lat_b) * (lat_a - lat_b) + power((lon_a - lon_b) * cos(radians(lat_b)), 2))
$$;

-- Cells of about 250 m: a circle of 300 m looks at a dozen of them, and most positions still stay in theirs.
CREATE FUNCTION ride.cell(degrees float8) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT floor(degrees * 400)::int
$$;
ALTER TABLE ride.driver_positions DROP COLUMN cell_lat, DROP COLUMN cell_lon;  -- their index goes with them
ALTER TABLE ride.driver_positions
  ADD COLUMN cell_lat int NOT NULL GENERATED ALWAYS AS (ride.cell(lat)) STORED,
  ADD COLUMN cell_lon int NOT NULL GENERATED ALWAYS AS (ride.cell(lon)) STORED;
CREATE INDEX driver_positions_cell ON ride.driver_positions (cell_lat, cell_lon);

-- Who is free, while few are: then looking at each of them is cheaper than looking around.
CREATE INDEX drivers_free ON ride.drivers (driver_id) WHERE booking_id IS NULL;
