-- A booking may be given to several drivers, one after the other: who rejects it is free again and is not asked a second time.

ALTER TABLE ride.assignments DROP CONSTRAINT assignments_pkey, ADD PRIMARY KEY (booking_id, driver_id);
ALTER TABLE ride.assignments DROP CONSTRAINT assignments_ended_by_check,
  ADD CONSTRAINT assignments_ended_by_check CHECK (ended_by IN ('completed', 'canceled', 'rejected'));
CREATE UNIQUE INDEX assignments_open_booking ON ride.assignments (booking_id) WHERE ended_at IS NULL;
