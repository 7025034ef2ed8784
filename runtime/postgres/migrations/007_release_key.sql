-- A key that nothing holds is left alone: its retry keeps its time, and whoever has claimed it his lease.
CREATE OR REPLACE FUNCTION gofuture.release_key(of_function text, of_key text) RETURNS int LANGUAGE plpgsql AS $$
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
