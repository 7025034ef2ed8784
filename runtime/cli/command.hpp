// The command line: `gofuture <command>`. Each command is one function that returns its exit status; app.cpp declares their
// options. What `run` starts is passed in by main.cpp, because only wiring.cpp knows every implementation.
//
// Exit status of every command: 0 done · 1 it failed (the message says what to do) · 2 wrong usage, manifests or settings.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "manifest/load.hpp"
#include "manifest/manifest.hpp"

namespace gofuture::cli {

inline constexpr int kDone = 0, kFailed = 1, kWrongUsage = 2;

using RunRuntime = std::function<int(const Settings&, Manifests)>;
int main(int argc, char** argv, const RunRuntime& run_runtime);

struct Common {
  std::string settings_file;
  bool json = false;  // --json, or standard output is no terminal
};

// Each reads its settings and manifests, prints every mistake and returns kWrongUsage where they are wrong.
int check(const Common& common, bool libraries);
int migrate(const Common& common);
int topics(const Common& common, bool apply);
int list(const Common& common);
int describe(const Common& common, const std::string& name);
int trace(const Common& common, const std::string& correlation_id);
int manifest_reference();
int manifest_schema(const Common& common, const std::string& file);
int version(const Common& common);

struct Invocation {
  std::string function, event_file, state, key, type, timer;
};
int invoke(const Common& common, const Invocation& asked);

struct NewFunction {
  std::string name;
  std::vector<std::string> on, emit;  // event types
};
int new_function(const Common& common, const NewFunction& asked);

// Settings, or the process settings' mistakes on standard error.
bool read_settings(const Common& common, Settings& settings);
bool read_manifests(const Settings& settings, Manifests& manifests);
int fail(const Error& error);  // prints it, returns kFailed

// Columns as wide as their widest cell, for people.
std::string table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows);

}  // namespace gofuture::cli
