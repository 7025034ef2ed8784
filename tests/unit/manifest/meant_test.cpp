// A guess is made where it would be right, and only there.
#include "manifest/meant.hpp"

#include <gtest/gtest.h>

#include "unit/manifest/support.hpp"

namespace gofuture {
namespace {

// What is asked when `key` of `group` is said to be `written`.
std::string asked(const KeyGroup& group, std::string_view key, const std::string& written) {
  Diagnosis diagnosis;
  const std::string text = "x = " + written;
  const auto root = parse_toml(Report("x.toml", text, diagnosis));
  EXPECT_EQ(diagnosis.text(), "");
  return root ? meant(root->members.front().value, group.key(key)) : "not TOML";
}

TEST(Meant, DurationsAndSizesInOtherUnitsAndWords) {
  const auto timeout = [](const std::string& written) { return asked(kFunctionKeys, "timeout", written); };
  EXPECT_EQ(timeout("30"), "; did you mean \"30s\"?");
  EXPECT_EQ(timeout("\"30\""), "; did you mean \"30s\"?");
  EXPECT_EQ(timeout("\"30 seconds\""), "; did you mean \"30s\"?");
  EXPECT_EQ(timeout("\"1.5S\""), "; did you mean \"1500ms\"?");
  EXPECT_EQ(timeout("\"500 milliseconds\""), "; did you mean \"500ms\"?");
  EXPECT_EQ(timeout("\"2min\""), "; did you mean \"2m\"?");
  EXPECT_EQ(timeout("\"1 hour\""), "; did you mean \"1h\"?");
  EXPECT_EQ(asked(kRetryKeys, "max", "\"2 days\""), "; did you mean \"2d\"?");
  EXPECT_EQ(asked(kRetryKeys, "initial", "200"), "; did you mean \"200ms\"?") << "its default is in ms";
  EXPECT_EQ(asked(kFunctionKeys, "bytes", "33554432"), "; did you mean \"32MiB\"?");
  EXPECT_EQ(asked(kFunctionKeys, "bytes", "\"64MB\""), "; did you mean \"64MiB\"?");
  EXPECT_EQ(asked(kFunctionKeys, "bytes", "\"2 gb\""), "; did you mean \"2GiB\"?");
  EXPECT_EQ(asked(kFunctionKeys, "bytes", "\"2048k\""), "; did you mean \"2MiB\"?");
  EXPECT_EQ(asked(kFunctionKeys, "bytes", "\"2097152 bytes\""), "; did you mean \"2MiB\"?");
  for (const char* out : {"0", "-1", "86400", "9223372036854775807", "-9223372036854775808", "\"soon\"", "\"-5s\"", "\"2 days\"", "\"3 fortnights\"", "\"inf\"", "\"nan s\"",
                          "\"99999999999999999999d\"", "true", "[30]", "1.5", "\"\""})
    EXPECT_EQ(timeout(out), "") << out;
  EXPECT_EQ(asked(kLookupKeys, "stale", "\"soon\""), "");
}

TEST(Meant, NumbersAndBooleansInQuotes) {
  EXPECT_EQ(asked(kFunctionKeys, "concurrency", "\"4\""), "; did you mean 4?");
  EXPECT_EQ(asked(kRetryKeys, "multiplier", "\"1.5\""), "; did you mean 1.5?");
  EXPECT_EQ(asked(kRetryKeys, "max_retries", "\"Unlimited\""), "; did you mean \"unlimited\"?");
  for (const char* out : {"\"4.5\"", "\"0\"", "\"257\"", "\"4 threads\"", "\"four\"", "\"\"", "true"}) EXPECT_EQ(asked(kFunctionKeys, "concurrency", out), "") << out;
  for (const char* yes : {"\"yes\"", "\"True\"", "\"on\"", "1", "\"1\""}) EXPECT_EQ(asked(kFenceKeys, "coalesce", yes), "; did you mean true?") << yes;
  for (const char* no : {"\"no\"", "\"FALSE\"", "\"off\"", "0"}) EXPECT_EQ(asked(kFenceKeys, "coalesce", no), "; did you mean false?") << no;
  EXPECT_EQ(asked(kFenceKeys, "coalesce", "\"maybe\""), "");
}

TEST(Meant, TextsListsTimesAndTables) {
  EXPECT_EQ(asked(kFunctionKeys, "description", "7"), "; did you mean \"7\"?");
  EXPECT_EQ(asked(kFunctionKeys, "name", "7"), "") << "7 is no name";
  EXPECT_EQ(asked(kFunctionKeys, "name", "[\"refund\"]"), "; did you mean \"refund\"?");
  EXPECT_EQ(asked(kFunctionKeys, "name", "[\"a\", \"b\"]"), "");
  EXPECT_EQ(asked(kFunctionKeys, "mode", "\"postgress\""), "; did you mean \"postgres\"?");
  EXPECT_EQ(asked(kFunctionKeys, "mode", "\"redis\""), "");
  EXPECT_EQ(asked(kHttpKeys, "allow", "\"https://gateway.example\""), "; did you mean [\"https://gateway.example\"]?");
  EXPECT_EQ(asked(kHttpKeys, "allow", "\"gateway.example\""), "; did you mean [\"https://gateway.example\"]?");
  EXPECT_EQ(asked(kHttpKeys, "allow", "\"*\""), "");
  EXPECT_EQ(asked(kHttpKeys, "allow", "[\"https://gateway.example\", 1]"), "");
  EXPECT_EQ(asked(kSubscribeKeys, "start", "2026-11-22"), "; did you mean \"2026-11-22T00:00:00Z\"?");
  EXPECT_EQ(asked(kSubscribeKeys, "start", "\"2026-11-22 12:00\""), "; did you mean \"2026-11-22T12:00:00Z\"?");
  EXPECT_EQ(asked(kSubscribeKeys, "start", "2026-11-22T12:00:00"), "; did you mean \"2026-11-22T12:00:00Z\"?");
  EXPECT_EQ(asked(kSubscribeKeys, "start", "\"yesterday\""), "");
  EXPECT_EQ(asked(kManifestKeys, "retry", "[{ max = \"1m\" }]"), "; did you mean [retry]?");
  EXPECT_EQ(asked(kManifestKeys, "retry", "[\"1m\"]"), "");
}

TEST(Meant, NeverRepeatsWhatMayBeASecret) {
  EXPECT_EQ(asked(kFunctionKeys, "description", "[\"password=hunter2\"]"), "");
  EXPECT_EQ(asked(kFunctionKeys, "description", "[\"https://u:hunter2@gateway.example\"]"), "");
}

}  // namespace
}  // namespace gofuture
