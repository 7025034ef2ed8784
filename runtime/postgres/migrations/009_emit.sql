-- Events that come from elsewhere than a function: over HTTP (the ingress), and from services that write the outbox in transactions of
-- their own (gofuture_emit). The inbox is the fence of both: number 0 stands in the function's place, which no function has.

-- The catalogue as SQL needs it: `gofuture migrate` keeps it, one row per name, aliases included.
CREATE TABLE gofuture.event_types (
  name         text PRIMARY KEY,
  type         text NOT NULL,            -- canonical
  topic        text NOT NULL,
  max_bytes    bigint NOT NULL,          -- of the topic
  key_path     text[] NOT NULL,          -- of the record key in the data
  subject_path text[] NOT NULL,          -- '{}': the type has none
  schema       jsonb NOT NULL
);

-- A UUIDv7: 48 bits of milliseconds in front of a random UUID, whose version 4 becomes 7.
CREATE FUNCTION gofuture.new_event_id() RETURNS uuid LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
                PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;

-- The partition of the inbox, as inbox_bucket.hpp computes it.
CREATE FUNCTION gofuture.inbox_bucket(id uuid) RETURNS int LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN get_byte(bytes, 6) >> 4 = 7 AND day >= 18262 AND day < 47482 THEN day::int ELSE -1 - get_byte(bytes, 15) % 8 END
  FROM (SELECT uuid_send(id) AS bytes) AS b,
  LATERAL (SELECT ('x' || left(encode(bytes, 'hex'), 12))::bit(48)::bigint / 86400000 AS day) AS d
$$;

-- What is wrong with this data, in one sentence; null: nothing that can be seen here. Looks at required members and at the types of
-- members, not at patterns and limits.
CREATE FUNCTION gofuture.event_data_flaws(schema jsonb, data jsonb) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(flaw, '; ' ORDER BY flaw) FROM (
    SELECT '/' || name || ' is missing' AS flaw FROM jsonb_array_elements_text(coalesce(schema->'required', '[]')) AS r(name) WHERE NOT data ? name
    UNION ALL
    SELECT '/' || name || ' is ' || jsonb_typeof(data->name) || ', must be ' || wanted
    FROM jsonb_each(coalesce(schema->'properties', '{}')) AS p(name, rule), LATERAL (SELECT rule->>'type' AS wanted) AS w
    WHERE data ? name AND jsonb_typeof(rule->'type') = 'string'
      AND NOT (jsonb_typeof(data->name) = wanted
               OR wanted = 'integer' AND jsonb_typeof(data->name) = 'number' AND (data->>name)::numeric = trunc((data->>name)::numeric))
  ) AS all_flaws
$$;

-- An event, written into the outbox within the caller's transaction: it is sent when that commits, and never else. Returns its id.
--   key        null: taken from the data, as the catalogue says
--   subject    null: the same
--   correlation null: the subject
--   id         null: a fresh one. The same id with the same content again does nothing; with other content it is an error.
--   source     null: "sql/" and the role
-- SECURITY DEFINER, so that a service needs no rights on the tables: GRANT USAGE ON SCHEMA gofuture and EXECUTE on this function.
CREATE FUNCTION gofuture.gofuture_emit(type text, key text, data jsonb, subject text DEFAULT NULL, correlation text DEFAULT NULL,
                                       id uuid DEFAULT NULL, source text DEFAULT NULL)
RETURNS uuid LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known       gofuture.event_types;
  record_key  text := key;
  about       text := subject;
  event_id    uuid := coalesce(id, gofuture.new_event_id());
  payload     bytea;
  content     uuid;
  stands      uuid;
  flaws       text;
BEGIN
  SELECT * INTO known FROM gofuture.event_types t WHERE t.name = gofuture_emit.type;
  IF known.name IS NULL THEN
    RAISE EXCEPTION 'gofuture_emit: unknown event type "%"', coalesce(type, 'null') USING ERRCODE = 'invalid_parameter_value',
      HINT = coalesce((SELECT 'The nearest is "' || t.type || '". ' FROM gofuture.event_types t
                       ORDER BY (SELECT count(*)::float / length(t.name) FROM generate_series(1, length(t.name) - 1) AS at
                                 WHERE position(lower(substr(t.name, at, 2)) IN lower(gofuture_emit.type)) > 0) DESC, t.name LIMIT 1), '')
             || 'SELECT name FROM gofuture.event_types shows what there is; `gofuture migrate` fills it from the catalogue.';
  END IF;
  IF jsonb_typeof(data) IS DISTINCT FROM 'object' THEN
    RAISE EXCEPTION 'gofuture_emit: the data of % is no JSON object', known.type USING ERRCODE = 'invalid_parameter_value',
      HINT = 'Pass an object, such as jsonb_build_object(''booking_id'', ''b-7'').';
  END IF;
  flaws := gofuture.event_data_flaws(known.schema, data);
  IF flaws IS NOT NULL THEN
    RAISE EXCEPTION 'gofuture_emit: the data is no %: %', known.type, flaws USING ERRCODE = 'invalid_parameter_value',
      HINT = format('SELECT jsonb_pretty(schema) FROM gofuture.event_types WHERE name = %L shows what it must be.', known.type);
  END IF;
  payload := convert_to(data::text, 'UTF8');
  IF octet_length(payload) > known.max_bytes THEN
    RAISE EXCEPTION 'gofuture_emit: the data of % is % bytes, topic % takes %', known.type, octet_length(payload), known.topic, known.max_bytes
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Send a reference instead of the content.';
  END IF;
  record_key := coalesce(record_key, data #>> known.key_path);
  IF coalesce(record_key, '') = '' OR record_key ~ '[\x01-\x1f\x7f-\x9f]' OR octet_length(record_key) > 512 THEN
    RAISE EXCEPTION 'gofuture_emit: % needs a key: it is missing, empty, longer than 512 bytes or no plain text', known.type
      USING ERRCODE = 'invalid_parameter_value', HINT = format('Pass one, or set /%s in the data.', array_to_string(known.key_path, '/'));
  END IF;
  IF known.subject_path <> '{}' THEN about := coalesce(about, data #>> known.subject_path); END IF;

  -- The same row as the ingress writes. Where the id is fresh nobody can have seen it.
  IF id IS NOT NULL THEN
    content := md5(concat_ws(':', length(known.type), known.type, length(record_key), record_key, data::text))::uuid;
    BEGIN
      INSERT INTO gofuture.inbox (bucket, function_id, event_id, digest, outcome, attempts, epoch)
        VALUES (gofuture.inbox_bucket(event_id), 0, event_id, content, 0, 1, 0) ON CONFLICT DO NOTHING;
    EXCEPTION WHEN check_violation THEN
      RAISE EXCEPTION 'gofuture_emit: whether event % has been here nobody can tell', id USING ERRCODE = 'invalid_parameter_value',
        HINT = 'The day in its UUIDv7 has no inbox: it is long past, or in the future. Leave id out, or use gofuture.new_event_id().';
    END;
    IF NOT FOUND THEN
      SELECT i.digest INTO stands FROM gofuture.inbox i
        WHERE i.bucket = gofuture.inbox_bucket(gofuture_emit.id) AND i.function_id = 0 AND i.event_id = gofuture_emit.id;
      IF stands IS DISTINCT FROM content THEN
        RAISE EXCEPTION 'gofuture_emit: event % has been emitted with other content', id USING ERRCODE = 'unique_violation',
          HINT = 'A new fact needs a new id; a repeat must have the same type, key and data.';
      END IF;
      RETURN event_id;
    END IF;
  END IF;
  INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload, subject, time, correlationid)
    VALUES (event_id, coalesce(source, 'sql/' || session_user), record_key, known.type, known.topic, payload, about,
            to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), coalesce(correlation, about));
  RETURN event_id;
END $$;

REVOKE EXECUTE ON FUNCTION gofuture.gofuture_emit(text, text, jsonb, text, text, uuid, text) FROM PUBLIC;
