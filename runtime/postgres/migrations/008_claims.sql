-- Which process has claimed a parked event or a timer, so that it can give back at its next start what its last run held when it died:
-- else that stands still until the lease ends. null: nobody.
ALTER TABLE gofuture.parked ADD COLUMN claimed_by text;
ALTER TABLE gofuture.timers ADD COLUMN claimed_by text;

-- As parked_due: for what looks for due rows alone. A statement that names a timer must not take this index for its own.
DROP INDEX gofuture.timers_due;
CREATE INDEX timers_due ON gofuture.timers (function_id, due_at) WHERE due_at IS NOT NULL;
