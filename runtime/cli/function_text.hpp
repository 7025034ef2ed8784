// A function's manifest in words and as JSON, for the commands that show it.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "manifest/manifest.hpp"

namespace gofuture::cli {

const char* name_of(Mode mode);
const char* name_of(OnDead on_dead);
std::string state_key_text(const Subscription& subscription);
std::string joined(const std::vector<std::string>& words);
// "a, b, c and 11 more": the first few, and how many are left.
std::string abridged(const std::vector<std::string>& words, std::size_t shown = 3);
std::string age_text(std::int64_t ms);

boost::json::object as_json(const FunctionManifest& function);

}  // namespace gofuture::cli
