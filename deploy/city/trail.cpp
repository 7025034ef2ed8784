#include "trail.hpp"

namespace city {
namespace {

constexpr const char* kTables = R"(
CREATE SCHEMA IF NOT EXISTS city;
CREATE TABLE IF NOT EXISTS city.trail (
  seq  bigint GENERATED ALWAYS AS IDENTITY,
  at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  what text NOT NULL, key text NOT NULL, was text NOT NULL, "is" text NOT NULL);
TRUNCATE city.trail;

CREATE OR REPLACE FUNCTION city.note_new_bookings() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$ BEGIN
  INSERT INTO city.trail (what, key, was, "is") SELECT 'booking', booking_id, '', status FROM new_rows;
  RETURN NULL; END $$;
CREATE OR REPLACE FUNCTION city.note_bookings() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$ BEGIN
  INSERT INTO city.trail (what, key, was, "is")
  SELECT 'booking', booking_id, o.status, n.status FROM old_rows o JOIN new_rows n USING (booking_id) WHERE o.status IS DISTINCT FROM n.status;
  RETURN NULL; END $$;
CREATE OR REPLACE FUNCTION city.note_driver() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$ BEGIN
  INSERT INTO city.trail (what, key, was, "is")
  VALUES ('driver', NEW.driver_id, CASE TG_OP WHEN 'INSERT' THEN '' ELSE coalesce(OLD.booking_id, '') END, coalesce(NEW.booking_id, ''));
  RETURN NULL; END $$;
CREATE OR REPLACE FUNCTION city.note_assignment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$ BEGIN
  INSERT INTO city.trail (what, key, was, "is") VALUES ('assignment', NEW.booking_id, CASE TG_OP WHEN 'INSERT' THEN '' ELSE OLD.driver_id END, NEW.driver_id);
  RETURN NULL; END $$;
CREATE OR REPLACE FUNCTION city.note_cancel() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$ BEGIN
  INSERT INTO city.trail (what, key, was, "is") VALUES ('cancel', NEW.booking_id, '', NEW.reason);
  RETURN NULL; END $$;
CREATE OR REPLACE FUNCTION city.note_position() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$ BEGIN
  INSERT INTO city.trail (what, key, was, "is") VALUES ('position', NEW.driver_id, OLD.observed_at::text, NEW.observed_at::text);
  RETURN NULL; END $$;
)";

// Bookings change a hundred in one statement, which are noted together. The conditions keep what never matters (a position that is newer,
// as nearly all are) out of PL/pgSQL.
constexpr const char* kTriggers = R"(
CREATE TRIGGER city_inserted AFTER INSERT ON ride.bookings REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION city.note_new_bookings();
CREATE TRIGGER city_updated AFTER UPDATE ON ride.bookings REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
  EXECUTE FUNCTION city.note_bookings();
CREATE TRIGGER city_inserted AFTER INSERT ON ride.drivers FOR EACH ROW WHEN (NEW.booking_id IS NOT NULL) EXECUTE FUNCTION city.note_driver();
CREATE TRIGGER city_updated AFTER UPDATE ON ride.drivers FOR EACH ROW WHEN (OLD.booking_id IS DISTINCT FROM NEW.booking_id) EXECUTE FUNCTION city.note_driver();
CREATE TRIGGER city_inserted AFTER INSERT ON ride.assignments FOR EACH ROW EXECUTE FUNCTION city.note_assignment();
CREATE TRIGGER city_updated AFTER UPDATE ON ride.assignments FOR EACH ROW WHEN (OLD.driver_id IS DISTINCT FROM NEW.driver_id) EXECUTE FUNCTION city.note_assignment();
CREATE TRIGGER city_inserted AFTER INSERT ON ride.canceled_bookings FOR EACH ROW EXECUTE FUNCTION city.note_cancel();
CREATE TRIGGER city_updated AFTER UPDATE OF observed_at ON ride.driver_positions FOR EACH ROW WHEN (NEW.observed_at <= OLD.observed_at) EXECUTE FUNCTION city.note_position();
)";

}  // namespace

void remove_trail_triggers(Database& db) {
  std::string drops;
  for (const auto& row : db.ask("SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
                                "WHERE n.nspname = 'ride' AND t.tgname IN ('city_inserted', 'city_updated')")) {
    drops += "DROP TRIGGER " + row[0] + " ON ride." + row[1] + ";";
  }
  if (!drops.empty()) db.script(drops);
}

void install_trail(Database& db) {
  if (db.ask("SELECT to_regclass('ride.bookings')").front().front().empty()) {
    throw Trouble("there is no table ride.bookings: GOFUTURE_MIGRATIONS=functions/ride/migrations gofuture migrate");
  }
  db.script(kTables);
  remove_trail_triggers(db);
  db.script(kTriggers);
}

void send_home_other_fleets(Database& db, const std::string& run) {
  db.ask("DELETE FROM ride.driver_positions WHERE driver_id NOT LIKE $1", {"d-" + run + "-%"});
}

}  // namespace city
