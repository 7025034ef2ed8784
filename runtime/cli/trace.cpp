#include "postgres/trace.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands.hpp"
#include "postgres/trace_text.hpp"

namespace gofuture::cli {
namespace {

int trace(const Common& common, const std::string& correlation_id) {
  Settings settings;
  if (!read_settings(common, settings)) return kWrongUsage;
  if (auto named = named_database(settings); !named) return fail(named.error());
  auto told = read_trace(settings.postgres, correlation_id);
  if (!told) return fail(told.error());
  if (told->roots.empty())
    return fail(Error("nothing is known of \"" + correlation_id +
                      "\": no event in the outbox carries it as correlation id, or its days have been dropped"));
  std::cout << (common.json ? trace_json(*told) + "\n" : trace_text(*told));
  return kDone;
}

}  // namespace

void add_trace(CLI::App& app, Common& common) {
  CLI::App& command = add_command(app, "trace", "Everything that happened to one story (a booking, an order), as a tree with times\n\nExample\n  gofuture trace b-7f3a");
  auto correlation = std::make_shared<std::string>();
  command.add_option("correlation", *correlation, "The correlation id of the story")->required()->type_name("ID");
  prints_json(command, common);
  on(command, common, [&common, correlation] { return trace(common, *correlation); });
}

}  // namespace gofuture::cli
