-- Which dependencies a process has found down, for people: a row while a breaker is open (DESIGN §6).
CREATE TABLE gofuture.breakers (
  function_id int NOT NULL,
  instance    text NOT NULL,             -- of the process
  dependency  text NOT NULL,
  open_since  timestamptz NOT NULL,
  reason      text NOT NULL DEFAULT '',  -- what the last event said
  PRIMARY KEY (function_id, instance, dependency)
);
