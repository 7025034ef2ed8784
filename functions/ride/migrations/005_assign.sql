-- What assign_driver asks of the database, each once for a batch: rides that are over free their drivers, and who waits gets one.
--
-- Each statement in here is planned once and goes by index: Postgres would plan anew for each batch, which costs more than the
-- statement, or read all open rides where it has last seen none.

-- Ends the rides of these bookings. drivers: whose ride it was; null: whoever has it. hows: completed, rejected, or canceled, which
-- leaves a mark with its reason.
CREATE FUNCTION ride.end_rides(bookings text[], drivers text[], hows text[], reasons text[]) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  INSERT INTO ride.canceled_bookings (booking_id, reason)
  SELECT o.booking_id, o.reason FROM unnest(bookings, hows, reasons) AS o (booking_id, how, reason) WHERE o.how = 'canceled'
  ON CONFLICT (booking_id) DO NOTHING;

  UPDATE ride.assignments a SET ended_at = now(), ended_by = o.how
    FROM unnest(bookings, drivers, hows) AS o (booking_id, driver_id, how)
   WHERE a.booking_id = o.booking_id AND a.ended_at IS NULL AND a.driver_id = coalesce(o.driver_id, a.driver_id);

  UPDATE ride.drivers d SET booking_id = NULL, assigned_at = NULL FROM unnest(bookings, drivers) AS o (booking_id, driver_id)
   WHERE d.booking_id = o.booking_id AND d.driver_id = coalesce(o.driver_id, d.driver_id);
END
$$;

-- Gives each booking the nearest driver who is free, first come, first served. A row for each booking, in their order: the driver whom
-- it has now and how far he has to go; or why it gets nobody (refusal); or neither, when nobody is free within the last circle.
--
-- The nearest is looked for in growing circles, by the cells around them; or, when only a few drivers are free at all, among those: busy
-- drivers would make the first way dear just when there is most to do. Only the row of the driver who is given is locked; who is being
-- given away elsewhere is skipped. A driver whom the booking had before has rejected it and is not asked again.
CREATE FUNCTION ride.give_nearest(bookings text[], regions text[], lats float8[], lons float8[], radii_m float8[], silent_after_s float8)
RETURNS TABLE (driver_id text, distance_m int, refusal text) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
  few     boolean := (SELECT count(*) < 64 FROM (SELECT FROM ride.drivers d WHERE d.booking_id IS NULL LIMIT 64) f);
  circles float8[] := CASE WHEN few THEN radii_m[cardinality(radii_m):] ELSE radii_m END;
  wish    record;
  radius  float8;
BEGIN
  FOR wish IN SELECT * FROM unnest(bookings, regions, lats, lons) AS w (booking_id, region_id, lat, lon) LOOP
    driver_id := NULL;
    distance_m := NULL;
    refusal := CASE
      WHEN EXISTS (SELECT FROM ride.canceled_bookings c WHERE c.booking_id = wish.booking_id) THEN 'the booking is canceled'
      WHEN EXISTS (SELECT FROM ride.assignments a WHERE a.booking_id = wish.booking_id AND a.ended_by IS DISTINCT FROM 'rejected')
        THEN 'the booking has had its driver'
    END;
    IF refusal IS NULL THEN
      FOREACH radius IN ARRAY circles LOOP
        WITH place AS (
          SELECT p.driver_id, p.lat, p.lon, p.status, p.seen_at
            FROM (SELECT f.driver_id FROM ride.drivers f WHERE f.booking_id IS NULL LIMIT 64) free JOIN ride.driver_positions p USING (driver_id)
           WHERE few
          UNION ALL
          SELECT p.driver_id, p.lat, p.lon, p.status, p.seen_at
            FROM (SELECT radius / 111320 AS lat, radius / (111320 * greatest(cos(radians(wish.lat)), 0.01)) AS lon) half
            JOIN ride.driver_positions p
              ON p.cell_lat BETWEEN ride.cell(wish.lat - half.lat) AND ride.cell(wish.lat + half.lat)
             AND p.cell_lon BETWEEN ride.cell(wish.lon - half.lon) AND ride.cell(wish.lon + half.lon)
           WHERE NOT few
        ), near AS (
          SELECT p.driver_id, ride.metres_between(p.lat, p.lon, wish.lat, wish.lon) AS metres FROM place p
           WHERE ride.metres_between(p.lat, p.lon, wish.lat, wish.lon) <= radius
             AND p.status = 'available' AND p.seen_at > now() - make_interval(secs => silent_after_s)
           ORDER BY metres, p.driver_id OFFSET 0
        ), nearest AS (
          SELECT d.driver_id, round(near.metres)::int AS metres FROM near JOIN ride.drivers d USING (driver_id)
           WHERE d.booking_id IS NULL
             AND NOT EXISTS (SELECT FROM ride.assignments a WHERE a.booking_id = wish.booking_id AND a.driver_id = d.driver_id)
           ORDER BY near.metres, near.driver_id LIMIT 1 FOR UPDATE OF d SKIP LOCKED
        ), given AS (
          UPDATE ride.drivers d SET booking_id = wish.booking_id, assigned_at = now() FROM nearest WHERE d.driver_id = nearest.driver_id
        )
        INSERT INTO ride.assignments (booking_id, driver_id, region_id, distance_m)
        SELECT wish.booking_id, nearest.driver_id, wish.region_id, nearest.metres FROM nearest
        RETURNING assignments.driver_id, assignments.distance_m INTO driver_id, distance_m;
        EXIT WHEN FOUND;
      END LOOP;
    END IF;
    RETURN NEXT;
  END LOOP;
END
$$;
