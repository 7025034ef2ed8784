#include "cli/command.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "cli/paint.hpp"

namespace gofuture::cli {

constexpr const char* kSettingsFile = "gofuture.toml";  // of the folder that the command is started in

CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& help) {
  CLI::App* command = app.add_subcommand(name, help + "\n");
  command->set_help_flag("-h,--help", "Show this help");
  command->fallthrough();
  return *command;
}

void prints_json(CLI::App& command, Common& common) {
  auto* json = command.add_flag("--json", common.json, "JSON instead of text (also when the output is no terminal)");
  command.add_flag("--text", common.text, "Text, also when the output is no terminal")->excludes(json);
}

void on(CLI::App& command, Common& common, std::function<int()> act) {
  command.callback([&common, act = std::move(act)] {
    const bool terminal = isatty(STDOUT_FILENO) != 0;
    if (!terminal && !common.text) common.json = true;
    common.colour = terminal && wants_colour();
    common.status = act();
  });
}

Settings settings_of(const std::string& named_file, Diagnosis& diagnosis) {
  const bool own_file = named_file.empty() && std::filesystem::exists(kSettingsFile);
  return load_settings(own_file ? kSettingsFile : named_file, diagnosis);
}

bool read_settings(const Common& common, Settings& settings) {
  Diagnosis diagnosis;
  settings = settings_of(common.settings_file, diagnosis);
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

int wrong(const Error& error) {
  fail(error);
  return kWrongUsage;
}

Result<Done> named_brokers(const Settings& settings) {
  if (!settings.kafka_brokers.empty()) return ok();
  return Error("no broker is named; set GOFUTURE_KAFKA, or [kafka] brokers in the settings file");
}

Result<Done> named_database(const Settings& settings) {
  if (!settings.postgres.empty()) return ok();
  return Error("no database is named; set GOFUTURE_POSTGRES, or [postgres] dsn in the settings file");
}

}  // namespace gofuture::cli
