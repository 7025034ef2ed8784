#include "postgres/event_types.hpp"

#include <string>
#include <vector>

#include "postgres/connection.hpp"

namespace gofuture {
namespace {

// A JSON pointer as a path of Postgres: "/a/b~1c" -> {a,b/c}.
std::string path(const char* parameter) {
  return std::string("coalesce((SELECT array_agg(replace(replace(token, '~1', '/'), '~0', '~') ORDER BY at)"
                     " FROM unnest(string_to_array(substr(") + parameter + "::text, 2), '/')) WITH ORDINALITY AS p(token, at)), '{}')";
}

Result<bool> write(PgConnection& connection, const Catalogue& catalogue) {
  const std::string upsert =
      "INSERT INTO gofuture.event_types AS t (name, type, topic, max_bytes, key_path, subject_path, schema) VALUES ($1, $2, $3, $4::bigint, " +
      path("$5") + ", " + path("$6") + ", $7::jsonb) ON CONFLICT (name) DO UPDATE SET type = excluded.type, topic = excluded.topic,"
      " max_bytes = excluded.max_bytes, key_path = excluded.key_path, subject_path = excluded.subject_path, schema = excluded.schema"
      " WHERE t IS DISTINCT FROM excluded";
  bool changed = false;
  std::string names;
  for (const EventType& type : catalogue.events) {
    const Topic* topic = catalogue.topic(type.topic);
    if (topic == nullptr) continue;  // nothing of it could be sent
    const std::string bytes = std::to_string(topic->max_bytes);
    std::vector<std::string> all = type.aliases;
    all.push_back(type.name);
    for (const std::string& name : all) {
      names += (names.empty() ? "" : ", ") + connection.quoted_text(name);
      const PgResult written =
          connection.run(upsert, {{name}, {type.name}, {type.topic}, {bytes}, {type.key}, {type.subject}, {type.schema}});
      if (!written.ok()) return written.failure().error().within(type.name);
      changed = changed || written.affected() > 0;
    }
  }
  const PgResult gone = connection.run("DELETE FROM gofuture.event_types" + (names.empty() ? "" : " WHERE name NOT IN (" + names + ")"));
  if (!gone.ok()) return gone.failure().error();
  return changed || gone.affected() > 0;
}

// The other way round.
std::string pointer(const char* column) {
  return std::string("(SELECT coalesce(string_agg('/' || replace(replace(token, '~', '~0'), '/', '~1'), '' ORDER BY at), '') FROM unnest(") +
         column + ") WITH ORDINALITY AS p(token, at))";
}

}  // namespace

Result<Catalogue> deployed_event_types(PgConnection& connection) {
  const PgResult found = connection.run("SELECT type, topic, " + pointer("key_path") + ", " + pointer("subject_path") +
                                        ", schema::text FROM gofuture.event_types WHERE name = type ORDER BY type");
  if (!found.ok()) return found.failure().error().within("the table of event types");
  Catalogue catalogue;
  for (int row = 0; row < found.rows(); ++row) {
    EventType type;
    type.name = found.text(row, 0);
    type.topic = found.text(row, 1);
    type.key = found.text(row, 2);
    type.subject = found.text(row, 3);
    type.schema = found.text(row, 4);
    catalogue.events.push_back(std::move(type));
  }
  return catalogue;
}

Result<bool> apply_event_types(PgConnection& connection, const Catalogue& catalogue) {
  if (const PgResult begun = connection.run("BEGIN"); !begun.ok()) return begun.failure().error();
  auto changed = write(connection, catalogue);
  const PgResult ended = connection.run(changed ? "COMMIT" : "ROLLBACK");
  if (!changed) return changed.error().within("the table of event types");
  if (!ended.ok()) return ended.failure().error().within("the table of event types");
  return changed;
}

}  // namespace gofuture
