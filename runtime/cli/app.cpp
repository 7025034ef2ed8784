#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/command.hpp"
#include "manifest/nearest.hpp"

namespace gofuture::cli {
namespace {

// Help begins with examples: most people came for one of them.
const char* kExamples = R"(Examples
  gofuture check                      read every manifest, show every mistake
  gofuture migrate                    bring the database to what this version needs
  gofuture topics plan                what `topics apply` would create or change
  gofuture run                        run every function of the manifests folder
  gofuture trace b-7f3a               tell one ride as a tree
  gofuture list --json                what is declared, for a script
)";

const char* kFooter = R"(Settings come from --settings FILE (TOML), then from the environment:
  GOFUTURE_KAFKA      brokers, host:port[,host:port]
  GOFUTURE_POSTGRES   libpq connection string
  GOFUTURE_MANIFESTS  folder of the manifests (default: manifests)
  GOFUTURE_FUNCTIONS  folder of the function libraries (default: functions)
  GOFUTURE_INSTANCE   name of this replica, the same after a restart (default: local-1)
  GOFUTURE_STATE      folder where crashes are noted for the next start (default: .gofuture/state)
  GOFUTURE_LISTEN     address of /metrics, /healthz, /readyz (default: 127.0.0.1:9464)
  GOFUTURE_INGRESS    address of POST /v1/events, which takes events over HTTP (default: none)
  GOFUTURE_INGRESS_TOKENS  who may send there: name:token[,name:token]

Exit status: 0 done, 1 it failed, 2 wrong usage, manifests or settings; of `run` also 3: stopped, but a handler did not return;
4: ended since a handler was over its timeout or memory: start it again.)";

// What CLI11 says of a misspelled command is only that one is required.
std::string unknown_command(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  const auto words = app.remaining(true);
  if (at->get_require_subcommand_min() == 0 || words.empty() || words.front().starts_with('-')) return {};
  std::vector<std::string> names;
  for (const CLI::App* command : at->get_subcommands({})) names.push_back(command->get_name());
  return "there is no command \"" + words.front() + "\"" + did_you_mean(words.front(), {names.begin(), names.end()});
}

}  // namespace

int main(int argc, char** argv, const RunRuntime& run_runtime) {
  CLI::App app{std::string("GoFuture runs event functions on Kafka: exactly one effect per event, order per key.\n\n") + kExamples,
               "gofuture"};
  app.footer(kFooter);
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "Show this help");

  Common common;
  app.add_option("--settings", common.settings_file, "Settings file (TOML)")->check(CLI::ExistingFile);
  auto with_json = [&common](CLI::App* command) {
    command->add_flag("--json", common.json, "One JSON document instead of a table (also when the output is no terminal)");
    command->set_help_flag("-h,--help", "Show this help");
    command->fallthrough();
    return command;
  };
  int status = kDone;
  auto on = [&status, &common](CLI::App* command, std::function<int()> act) {
    command->callback([&status, &common, act = std::move(act)] {
      if (isatty(STDOUT_FILENO) == 0) common.json = true;
      status = act();
    });
  };

  auto* run = app.add_subcommand("run", "Run every function until SIGTERM or Ctrl-C\n\nExample\n  GOFUTURE_INSTANCE=replica-2 gofuture run");
  run->set_help_flag("-h,--help", "Show this help");
  run->fallthrough();
  on(run, [&] {
    Settings settings;
    Manifests manifests;
    if (!read_settings(common, settings) || !read_manifests(settings, manifests)) return kWrongUsage;
    return run_runtime(settings, std::move(manifests));
  });

  bool libraries = false;
  auto* check_command = with_json(app.add_subcommand("check", "Check manifests: every mistake with file, line and the nearest right thing\n\nExample\n  gofuture check --libraries"));
  check_command->add_flag("--libraries", libraries, "Also load each function library and compare it with its manifest");
  on(check_command, [&] { return check(common, libraries); });

  on(with_json(app.add_subcommand("migrate", "Bring the database to what this version needs; safe to repeat\n\nExample\n  gofuture migrate")),
     [&] { return migrate(common); });

  auto* topics_command = app.add_subcommand("topics", "Compare the brokers' topics with the catalogue\n\nExamples\n  gofuture topics plan\n  gofuture topics apply");
  topics_command->require_subcommand(1);
  topics_command->set_help_flag("-h,--help", "Show this help");
  topics_command->fallthrough();
  on(with_json(topics_command->add_subcommand("plan", "Show what would be created or changed")), [&] { return topics(common, false); });
  on(with_json(topics_command->add_subcommand("apply", "Create and change, then wait until every partition can be used")),
     [&] { return topics(common, true); });

  on(with_json(app.add_subcommand("list", "The functions and what they subscribe to; with a database also what is parked, held, dead or set\n\nExample\n  gofuture list")),
     [&] { return list(common); });

  std::string name;
  auto* describe_command = with_json(app.add_subcommand("describe", "One function in full\n\nExample\n  gofuture describe refund_payment"));
  describe_command->add_option("function", name, "Its name")->required();
  on(describe_command, [&] { return describe(common, name); });

  std::string booking;
  auto* trace_command = with_json(app.add_subcommand("trace", "Everything that happened to one booking, as a tree with times\n\nExample\n  gofuture trace b-7f3a"));
  trace_command->add_option("booking_id", booking, "The correlation id of the story")->required();
  on(trace_command, [&] { return trace(common, booking); });

  on(with_json(app.add_subcommand("version", "Versions of this binary, of its function ABI and of its libraries\n\nExample\n  gofuture version")),
     [&] { return version(common); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    if (const auto unknown = unknown_command(app); unknown.empty()) app.exit(error);
    else std::cerr << "gofuture: " << unknown << "\nRun with --help for more information.\n";
    return kWrongUsage;
  }
  return status;
}

bool read_settings(const Common& common, Settings& settings) {
  Diagnosis diagnosis;
  settings = load_settings(common.settings_file, diagnosis);
  if (!diagnosis.empty()) std::cerr << diagnosis.text();
  return diagnosis.empty();
}

bool read_manifests(const Settings& settings, Manifests& manifests) {
  Diagnosis diagnosis;
  manifests = load_manifests(settings.manifests, diagnosis);
  if (!diagnosis.empty()) std::cerr << diagnosis.text();
  return diagnosis.empty();
}

int fail(const Error& error) {
  std::cerr << "gofuture: " << error.message() << '\n';
  return kFailed;
}

std::string table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(head.size());
  auto measure = [&widths](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  };
  measure(head);
  for (const auto& row : rows) measure(row);
  std::string out;
  auto print = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out += cells[i];
      if (i + 1 < cells.size()) out.append(widths[i] - cells[i].size() + 2, ' ');
    }
    out += '\n';
  };
  print(head);
  for (const auto& row : rows) print(row);
  return out;
}

}  // namespace gofuture::cli
