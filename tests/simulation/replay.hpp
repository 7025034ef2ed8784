// What a failing seed prints, also when the process aborts in the middle of it: the one line that replays it.
#pragma once

#include <cstdint>
#include <string>

namespace gofuture::simulation {

// From now on an abort (a broken invariant inside the pipeline) first prints how to replay this seed.
void now_running(std::uint64_t seed);
std::string replay_line(std::uint64_t seed);

// --seed N on the command line, else GOFUTURE_SEED: one seed, with its trace. Strips what it took from the arguments.
bool one_seed(int& argc, char** argv, std::uint64_t& seed);

}  // namespace gofuture::simulation
