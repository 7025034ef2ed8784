#include "postgres/deployments.hpp"

#include "postgres/connection.hpp"

namespace gofuture {
namespace {

// The function's row is the lock: two replicas with one new build find one new epoch.
Result<Deployment> within_transaction(PgConnection& connection, const std::string& name, const std::string& digest,
                                      const std::string& version) {
  const PgResult made = connection.run("INSERT INTO gofuture.functions (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", {{name}});
  if (!made.ok()) return made.failure().error();
  const PgResult row = connection.run("SELECT id, epoch FROM gofuture.functions WHERE name = $1 FOR UPDATE", {{name}});
  if (!row.ok()) return row.failure().error();
  Deployment deployment{static_cast<std::int32_t>(row.number(0, 0)), row.number(0, 1)};
  const std::string id = std::to_string(deployment.function_id);

  const PgResult newest = connection.run(
      "SELECT digest FROM gofuture.deployments WHERE function_id = $1 ORDER BY epoch DESC LIMIT 1", {{id}});
  if (!newest.ok()) return newest.failure().error();
  if (newest.rows() == 1 && newest.text(0, 0) == digest) return deployment;

  const std::string epoch = std::to_string(++deployment.epoch);
  const PgResult noted = connection.run(
      "INSERT INTO gofuture.deployments (function_id, epoch, digest, version) VALUES ($1, $2, $3, $4)",
      {{id}, {epoch}, {digest}, {version}});
  if (!noted.ok()) return noted.failure().error();
  const PgResult raised = connection.run("UPDATE gofuture.functions SET epoch = $2 WHERE id = $1", {{id}, {epoch}});
  if (!raised.ok()) return raised.failure().error();
  return deployment;
}

}  // namespace

Result<Deployment> register_function(const std::string& conninfo, const std::string& name, const std::string& digest,
                                     const std::string& version) {
  auto connection = PgConnection::open(conninfo, "gofuture deploy");
  if (!connection) return connection.error().within("function " + name);
  if (const PgResult begun = connection->run("BEGIN"); !begun.ok()) return begun.failure().error().within("function " + name);
  auto deployment = within_transaction(*connection, name, digest, version);
  const PgResult ended = connection->run(deployment ? "COMMIT" : "ROLLBACK");
  if (!deployment) return deployment.error().within("registering the function " + name);
  if (!ended.ok()) return ended.failure().error().within("registering the function " + name);
  return deployment;
}

}  // namespace gofuture
