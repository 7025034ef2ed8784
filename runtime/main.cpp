// gofuture: arguments in, exit status out. What the commands do is in cli/, what `run` starts is in wiring.cpp.
#include "cli/command.hpp"
#include "wiring.hpp"

int main(int argc, char** argv) { return gofuture::cli::main(argc, argv, gofuture::run_runtime); }
