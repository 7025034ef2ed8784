// How names and addresses in the files must be written: in words, as a check, and as a pattern for editors. They reach Kafka
// topics, group ids, file names and SQL, so each allows little and says what. Internal to runtime/manifest.
#pragma once

#include <string>
#include <string_view>

namespace gofuture {

struct Form {
  std::string_view words;        // to follow "must be"
  bool (*holds)(std::string_view text);
  std::string_view pattern;      // a regular expression that all right texts match; it may let wrong ones pass
  std::string (*mend)(std::string_view text) = nullptr;  // what people write instead -> what they mean, if that holds
};

extern const Form kFunctionName;   // also a consumer group and a part of topic names, so no dots
extern const Form kLibraryName;
extern const Form kSqlName, kSqlTable;
extern const Form kTimeInData;     // "data:/pointer"
extern const Form kInConfig;       // "config:/pointer"
extern const Form kStateKey;
extern const Form kHttpPrefix;
extern const Form kTopicName;      // as Kafka allows it
extern const Form kTypeName;
extern const Form kPointer;        // RFC 6901, not empty
extern const Form kPathInside;     // relative, and never out of its folder
extern const Form kInstanceName, kGroupPrefix;
extern const Form kListenAddress;

}  // namespace gofuture
