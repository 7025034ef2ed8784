// What benches A and H need to start a side: what their scripts say, and the command of the side that both have.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gofuture::bench {

// A variable that the bench's script sets; without it the program ends with a sentence.
std::string setting(const char* name);

std::vector<std::string> words(const std::string& text);

// streams/PassThrough.java over `topics` (with commas between them). BENCH_JAVA_OPTS replaces the flags of the JVM.
std::vector<std::string> streams_command(const char* jvm_flags, const std::string& application, const std::string& topics, const std::string& output,
                                         const std::filesystem::path& scratch);

}  // namespace gofuture::bench
