// Positions by topic name, as Kafka is told them. The topics that a function reads are few, so names are cheap enough per commit.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace gofuture::kafka {

using Where = std::pair<std::string, std::int32_t>;
using Offsets = std::map<Where, std::int64_t>;

}  // namespace gofuture::kafka
