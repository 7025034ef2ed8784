#include <CLI/CLI.hpp>

#include "cli/commands.hpp"

namespace gofuture::cli {

void add_run(CLI::App& app, Common& common, const RunRuntime& run_runtime) {
  CLI::App& command = add_command(app, "run", "Run every function until SIGTERM or Ctrl-C\n\nExample\n  GOFUTURE_INSTANCE=replica-2 gofuture run");
  on(command, common, [&common, run_runtime] {
    Settings settings;
    Manifests manifests;
    if (!read_settings(common, settings) || !read_manifests(settings, manifests)) return kWrongUsage;
    return run_runtime(settings, std::move(manifests));
  });
}

}  // namespace gofuture::cli
