#include "postgres/trace.hpp"

#include <iostream>

#include "cli/command.hpp"
#include "postgres/trace_text.hpp"

namespace gofuture::cli {

int trace(const Common& common, const std::string& correlation_id) {
  Settings settings;
  if (!read_settings(common, settings)) return kWrongUsage;
  if (settings.postgres.empty())
    return fail(Error("no database is named; set GOFUTURE_POSTGRES, or [postgres] dsn in the settings file"));
  auto told = read_trace(settings.postgres, correlation_id);
  if (!told) return fail(told.error());
  if (told->roots.empty())
    return fail(Error("nothing is known of \"" + correlation_id +
                      "\": no event in the outbox carries it as correlation id, or its days have been dropped"));
  std::cout << (common.json ? trace_json(*told) + "\n" : trace_text(*told));
  return kDone;
}

}  // namespace gofuture::cli
