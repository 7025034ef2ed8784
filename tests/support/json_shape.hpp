// The JSON that runtime/cli/README.md promises of each command, against what a command printed: key by key. In an example a "key?" may be
// left out, "<…>" stands for any names, null and {"<…>": null} for any value; what was printed may be null anywhere.
//
//   EXPECT_THAT(differences(documented("gofuture lag"), boost::json::parse(printed)), IsEmpty());
#pragma once

#include <boost/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/contents.hpp"

namespace gofuture::test {

inline boost::json::value documented(const std::string& command) {
  const std::string readme = contents(GOFUTURE_SOURCE_DIR "/runtime/cli/README.md");
  for (auto at = readme.find("\n### "); at != std::string::npos; at = readme.find("\n### ", at + 1)) {
    const std::string title = readme.substr(at + 5, readme.find('\n', at + 1) - at - 5);
    if ((", " + title + ",").find(", " + command + ",") == std::string::npos) continue;
    const auto begin = readme.find("```json\n", at) + 8;
    return boost::json::parse(readme.substr(begin, readme.find("```", begin) - begin));
  }
  throw std::runtime_error("runtime/cli/README.md has no example of `" + command + "`");
}

inline void compare(const boost::json::value& wanted, const boost::json::value& is, const std::string& at, std::vector<std::string>& differences) {
  if (wanted.is_null() || is.is_null()) return;
  if (wanted.is_object() && wanted.as_object().size() == 1 && wanted.as_object().begin()->value().is_null()) return;  // {"<anything>": null}
  if (wanted.is_object() && is.is_object()) {
    const boost::json::value* any = nullptr;
    for (const auto& member : wanted.as_object()) {
      const std::string name(member.key());
      const bool optional = name.ends_with('?');
      const std::string key = optional ? name.substr(0, name.size() - 1) : name;
      if (name.starts_with('<')) any = &member.value();
      else if (const auto* found = is.as_object().if_contains(key)) compare(member.value(), *found, at + "/" + key, differences);
      else if (!optional) differences.push_back(at + "/" + key + " is documented, but not printed");
    }
    for (const auto& member : is.as_object()) {
      const std::string key(member.key());
      if (any != nullptr) compare(*any, member.value(), at + "/" + key, differences);
      else if (!wanted.as_object().contains(key) && !wanted.as_object().contains(key + "?"))
        differences.push_back(at + "/" + key + " is printed, but not documented");
    }
  } else if (wanted.is_array() && is.is_array()) {
    for (const auto& element : is.as_array())
      if (!wanted.as_array().empty()) compare(wanted.as_array().front(), element, at + "[]", differences);
  } else if (wanted.kind() != is.kind() && !(wanted.is_number() && is.is_number())) {
    differences.push_back(at + " is of another kind than documented");
  }
}

inline std::vector<std::string> differences(const boost::json::value& wanted, const boost::json::value& is) {
  std::vector<std::string> all;
  compare(wanted, is, "", all);
  return all;
}

}  // namespace gofuture::test
