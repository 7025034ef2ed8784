-- Which process has claimed a parked event or a timer, so that it can give back at its next start what its last run held when it died:
-- else that stands still until the lease ends. null: nobody.
ALTER TABLE gofuture.parked ADD COLUMN claimed_by text;
ALTER TABLE gofuture.timers ADD COLUMN claimed_by text;
