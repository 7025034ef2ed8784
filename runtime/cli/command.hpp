// The command line: `gofuture <command>`. Each command is one file: add_<command>() declares its options beside the code that they
// are for, and app.cpp is the list of commands. What `run` starts is passed in by main.cpp, because only wiring.cpp knows every
// implementation. README.md says what every command prints for a script.
//
//   void add_trace(CLI::App& app, Common& common) {
//     CLI::App& command = add_command(app, "trace", "Everything that happened to one booking\n\nExample\n  gofuture trace b-7f3a");
//     auto booking = std::make_shared<std::string>();              // options outlive the declaration
//     command.add_option("booking_id", *booking, "…")->required();
//     prints_json(command, common);
//     on(command, common, [&common, booking] { return trace(common, *booking); });
//   }
//
// Exit status of every command: 0 done · 1 it failed (the message says what to do) · 2 wrong usage, manifests or settings.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/load.hpp"
#include "manifest/manifest.hpp"

namespace CLI {
class App;
}

namespace gofuture::cli {

inline constexpr int kDone = 0, kFailed = 1, kWrongUsage = 2;

using RunRuntime = std::function<int(const Settings&, Manifests)>;
int main(int argc, char** argv, const RunRuntime& run_runtime);

// What all commands share; filled while the line is read.
struct Common {
  std::string settings_file;
  bool json = false;    // --json, or standard output is no terminal and --text was not said
  bool text = false;    // --text
  bool colour = false;  // standard output is a terminal that wants it, see paint.hpp
  int status = kDone;   // what the command returned
};

// --- declaring a command ------------------------------------------------------------------------------------------------------

// `help` is one sentence, then a blank line and its examples.
CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& help);
void prints_json(CLI::App& command, Common& common);  // --json, --text
void on(CLI::App& command, Common& common, std::function<int()> act);

// --- what commands begin with -------------------------------------------------------------------------------------------------

// Of the file that --settings names; without one, of gofuture.toml in the folder that the command is started in, if there is one.
Settings settings_of(const std::string& named_file, Diagnosis& diagnosis);
// The settings, or every mistake of theirs on standard error.
bool read_settings(const Common& common, Settings& settings);
bool read_manifests(const Settings& settings, Manifests& manifests);
int fail(const Error& error);   // prints it, returns kFailed
int wrong(const Error& error);  // prints it, returns kWrongUsage
// Errors that say how to name them.
Result<Done> named_brokers(const Settings& settings);
Result<Done> named_database(const Settings& settings);

}  // namespace gofuture::cli
