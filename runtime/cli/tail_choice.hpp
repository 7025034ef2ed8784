// What `gofuture tail` was asked for: which topics, which types on them, from when. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kafka/topic_reader.hpp"
#include "manifest/load.hpp"

namespace gofuture::cli {

using TypesByTopic = std::map<std::string, std::set<std::string>>;  // every spelling of the types; empty: all

// Each word is a function (what it subscribes to), an event type, a topic or a dead letter topic; no word: every topic of the catalogue.
// `dead`: the dead letters of these functions and topics instead.
Result<TypesByTopic> chosen(const Manifests& manifests, const Settings& settings, const std::vector<std::string>& words, bool dead);

// "beginning", "end", "-5m" (or "5m"; s, m, h, d), or a time such as "2026-11-22T12:00:00Z".
Result<From> parse_from(const std::string& text, std::int64_t now_ms);

}  // namespace gofuture::cli
