// Every command, in the order of the help. Each is declared and done in the file of its name.
#pragma once

#include "cli/command.hpp"

namespace gofuture::cli {

void add_run(CLI::App& app, Common& common, const RunRuntime& run_runtime);
void add_check(CLI::App& app, Common& common);
void add_migrate(CLI::App& app, Common& common);
void add_topics(CLI::App& app, Common& common);
void add_list(CLI::App& app, Common& common);
void add_describe(CLI::App& app, Common& common);
void add_emit(CLI::App& app, Common& common);
void add_tail(CLI::App& app, Common& common);
void add_lag(CLI::App& app, Common& common);
void add_top(CLI::App& app, Common& common);
void add_doctor(CLI::App& app, Common& common);
void add_trace(CLI::App& app, Common& common);
void add_new(CLI::App& app, Common& common);
void add_invoke(CLI::App& app, Common& common);
void add_manifest(CLI::App& app, Common& common);
void add_completion(CLI::App& app, Common& common);
void add_version(CLI::App& app, Common& common);

// `gofuture completion --words WORD…`, which the completion scripts ask: what may stand in place of the last word.
int print_completion_words(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace gofuture::cli
