-- As before, but not STRICT: that kept Postgres from seeing through it, and a call of its own costs more than all its comparisons. Null
-- has no rank either way.
CREATE OR REPLACE FUNCTION ride.status_rank(status text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
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
