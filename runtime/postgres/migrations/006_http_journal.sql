-- The journal of unsafe HTTP calls (POST, PUT, PATCH, DELETE): the request stands here, for good, before it is sent; what came
-- of it is written with the outcome of the event. So a rerun knows what may have happened already.
CREATE TABLE gofuture.http_journal (
  function_id   int NOT NULL,
  scope         text NOT NULL,             -- "<event id>/<redrive>"; where the request names its effect, the state key
  call          text NOT NULL,             -- as the function names it: "charge"
  effect        text NOT NULL DEFAULT '',
  digest        uuid NOT NULL,             -- 128 bits over method, URL and body
  event_id      uuid NOT NULL,             -- who asked first
  correlationid text,
  method        text NOT NULL,
  url           text NOT NULL,
  requested_at  timestamptz NOT NULL DEFAULT now(),
  result        smallint,                  -- 0 answered, 1 nothing was sent, 2 not known; null: no outcome has been committed since
  again         boolean NOT NULL DEFAULT false,  -- the event comes again and this says nothing for good: it may be sent anew
  status        int,
  body          bytea,
  error         text,
  answered_at   timestamptz,
  PRIMARY KEY (function_id, scope, call, effect)
);
CREATE INDEX http_journal_correlation ON gofuture.http_journal (correlationid);
CREATE INDEX http_journal_age ON gofuture.http_journal USING brin (requested_at);
