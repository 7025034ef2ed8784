-- Dead letters travel to their topics as outbox rows do: by a publication of their own, over the same slot (relay.md).

-- What the headers of the published record name, and the place in the order of everything that is relayed: one sequence for both
-- tables, so that one position says how far the relay is. Rows from before this file were never published: number 0.
ALTER TABLE gofuture.dead_letters
  ADD COLUMN function       text NOT NULL DEFAULT '',
  ADD COLUMN consumer_group text NOT NULL DEFAULT '',
  ADD COLUMN seq            bigint NOT NULL DEFAULT 0,
  ADD COLUMN refused        text,          -- why its topic would not take it; null: sent, or not yet tried
  ADD COLUMN refused_at     timestamptz;
ALTER TABLE gofuture.dead_letters ALTER COLUMN seq SET DEFAULT nextval('gofuture.events_outbox_seq');
UPDATE gofuture.dead_letters d SET function = f.name, consumer_group = f.name FROM gofuture.functions f WHERE f.id = d.function_id;
CREATE INDEX dead_letters_by_seq ON gofuture.dead_letters (seq);
CREATE INDEX dead_letters_refused ON gofuture.dead_letters (refused_at) WHERE refused IS NOT NULL;

-- Inserts alone: what is noted about a letter later is no news for its topic.
CREATE PUBLICATION gofuture_dead_letters FOR TABLE gofuture.dead_letters WITH (publish = 'insert');
