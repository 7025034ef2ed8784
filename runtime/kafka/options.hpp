// How the clients of this folder speak: a level and a sentence, on any thread. Probe::log fits, a console fits.
#pragma once

#include <functional>
#include <string>

#include "pipeline/io.hpp"

namespace gofuture::kafka {

using Level = Probe::Level;
using Say = std::function<void(Level level, const std::string& sentence)>;

}  // namespace gofuture::kafka
