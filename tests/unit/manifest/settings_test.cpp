// gofuture.toml, the environment above it, and secrets that no message may tell.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "manifest/kafka_properties.hpp"
#include "manifest/keys.hpp"
#include "unit/manifest/support.hpp"

namespace gofuture {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

// A variable of the environment for the length of a test.
class Variable {
 public:
  // What the caller's shell says must not decide what these tests find.
  static inline const bool kCleared = [] {
    for (const char* name : {"GOFUTURE_KAFKA", "GOFUTURE_POSTGRES", "GOFUTURE_INSTANCE", "GOFUTURE_MANIFESTS", "GOFUTURE_FUNCTIONS",
                             "GOFUTURE_LISTEN", "GOFUTURE_LOG_LEVEL", "GOFUTURE_GROUP_PREFIX", "GOFUTURE_MIGRATIONS", "GOFUTURE_STATE",
                             "GOFUTURE_INGRESS", "GOFUTURE_INGRESS_TOKENS"})
      ::unsetenv(name);
    return true;
  }();
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

struct Loaded {
  Settings settings;
  std::string diagnosis;
};
Loaded loaded(std::string_view text, const TemporaryFolder& folder) {
  Diagnosis diagnosis;
  Loaded result;
  result.settings = load_settings(folder.write("gofuture.toml", text), diagnosis);
  result.diagnosis = diagnosis.text();
  return result;
}

TEST(Settings, WithoutAFileAreTheDefaults) {
  Diagnosis diagnosis;
  const auto settings = load_settings("", diagnosis);
  EXPECT_TRUE(diagnosis.empty());
  EXPECT_EQ(settings.instance, "local-1");
  EXPECT_EQ(settings.listen, "127.0.0.1:9464");
  EXPECT_EQ(settings.inbox_window_days, 16);
}

TEST(Settings, EveryKeyArrivesInItsField) {
  TemporaryFolder folder;
  const auto password = folder.write("password", "it's\\secret\n"), tokens = folder.write("tokens", "orders:0123456789abcdef\n");
  const Variable variable("MY_KAFKA_SECRET", "s3cr3t");
  const auto [settings, diagnosis] = loaded(R"([kafka]
brokers = "k1:9092,k2:9092"
replication = 3
[kafka.properties]
security.protocol = "sasl_ssl"
"sasl.password" = "env:MY_KAFKA_SECRET"
linger.ms = 5
[postgres]
dsn = "host=db dbname=rides"
password_file = ")" + password + R"("
[runtime]
instance = "rides-0"
manifests = "m"
functions = "f"
state = "s"
migrations = ["a", "b"]
group_prefix = "blue-"
stall = "30s"
log_level = "debug"
inbox_window = "20d"
[admin]
listen = "0.0.0.0:0"
[relay]
enabled = false
slot = "outbox_1"
outbox_slot = "debezium"
retention = "2d"
[ingress]
listen = "127.0.0.1:8088"
tokens_file = ")" + tokens + R"("
max_body = "2MiB"
max_events = 7
max_rate = 9
max_connections = 11
read_timeout = "3s"
)", folder);
  EXPECT_EQ(diagnosis, "");
  EXPECT_EQ(settings.kafka_brokers, "k1:9092,k2:9092");
  EXPECT_EQ(settings.replication, 3);
  EXPECT_THAT(settings.kafka_properties, ElementsAre(Pair("linger.ms", "5"), Pair("sasl.password", "s3cr3t"), Pair("security.protocol", "sasl_ssl")));
  EXPECT_EQ(settings.postgres, R"(host=db dbname=rides password='it\'s\\secret')");
  EXPECT_EQ(settings.instance, "rides-0");
  EXPECT_EQ(settings.manifests, "m");
  EXPECT_EQ(settings.functions, "f");
  EXPECT_EQ(settings.state, "s");
  EXPECT_THAT(settings.migrations, ElementsAre("a", "b"));
  EXPECT_EQ(settings.group_prefix, "blue-");
  EXPECT_EQ(settings.stall_ms, 30'000);
  EXPECT_EQ(settings.log_level, "debug");
  EXPECT_EQ(settings.inbox_window_days, 20);
  EXPECT_EQ(settings.listen, "0.0.0.0:0");
  EXPECT_FALSE(settings.relay);
  EXPECT_EQ(settings.relay_slot, "outbox_1");
  EXPECT_EQ(settings.relay_outbox_slot, "debezium");
  EXPECT_EQ(settings.outbox_retention_ms, 172'800'000);
  EXPECT_EQ(settings.ingress.listen, "127.0.0.1:8088");
  EXPECT_EQ(settings.ingress.tokens, "orders:0123456789abcdef");
  EXPECT_EQ(settings.ingress.body_bytes_max, 2 << 20);
  EXPECT_EQ(settings.ingress.events_max, 7);
  EXPECT_EQ(settings.ingress.requests_per_second, 9);
  EXPECT_EQ(settings.ingress.connections_max, 11);
  EXPECT_EQ(settings.ingress.read_timeout_ms, 3'000);
}

TEST(Settings, TheEnvironmentStandsAboveTheFile) {
  TemporaryFolder folder;
  const Variable kafka("GOFUTURE_KAFKA", "e:1"), postgres("GOFUTURE_POSTGRES", "host=e password=x"), instance("GOFUTURE_INSTANCE", "e-1"),
      manifests("GOFUTURE_MANIFESTS", "em"), functions("GOFUTURE_FUNCTIONS", "ef"), state("GOFUTURE_STATE", "es"), listen("GOFUTURE_LISTEN", "[::1]:99"),
      level("GOFUTURE_LOG_LEVEL", "warn"), prefix("GOFUTURE_GROUP_PREFIX", "e."), migrations("GOFUTURE_MIGRATIONS", "x::y"),
      ingress("GOFUTURE_INGRESS", "127.0.0.1:1"), tokens("GOFUTURE_INGRESS_TOKENS", "a:b,c:d");
  const std::string password = "/nowhere/password";  // belongs to the database of the file: not even looked for
  const auto [settings, diagnosis] = loaded("[kafka]\nbrokers = \"f:1\"\n[postgres]\ndsn = \"host=f\"\npassword_file = \"" + password +
                                                "\"\n[runtime]\ninstance = \"f-1\"\nmigrations = [\"f\"]\n[ingress]\ntokens_file = \"" + password + "\"\n", folder);
  EXPECT_EQ(diagnosis, "");
  EXPECT_EQ(settings.kafka_brokers, "e:1");
  EXPECT_EQ(settings.postgres, "host=e password=x") << "the file's password belongs to the file's database";
  EXPECT_EQ(settings.instance, "e-1");
  EXPECT_EQ(settings.manifests, "em");
  EXPECT_EQ(settings.functions, "ef");
  EXPECT_EQ(settings.state, "es");
  EXPECT_EQ(settings.listen, "[::1]:99");
  EXPECT_EQ(settings.log_level, "warn");
  EXPECT_EQ(settings.group_prefix, "e.");
  EXPECT_THAT(settings.migrations, ElementsAre("x", "y"));
  EXPECT_EQ(settings.ingress.listen, "127.0.0.1:1");
  EXPECT_EQ(settings.ingress.tokens, "a:b,c:d");
}

TEST(Settings, ADsnThatIsNoUrlMayHaveColonsAndAtSigns) {
  TemporaryFolder folder;
  const auto result = loaded("[postgres]\ndsn = \"host=db user=me:x@corp dbname=rides\"\n", folder);
  EXPECT_EQ(result.diagnosis, "") << "only in a URL they would mean a password";
  EXPECT_EQ(result.settings.postgres, "host=db user=me:x@corp dbname=rides");
}

TEST(Settings, TheOutboxSlotIsNotTheRelaysOwn) {
  TemporaryFolder folder;
  EXPECT_THAT(loaded("[relay]\noutbox_slot = \"gofuture_outbox\"\n", folder).diagnosis, HasSubstr(":2:15: error: outbox_slot is the relay's own slot"));
  EXPECT_EQ(loaded("[relay]\noutbox_slot = \"debezium\"\n", folder).diagnosis, "");
}

TEST(Settings, AWrongVariableIsNamedAndItsValueIsNot) {
  const Variable level("GOFUTURE_LOG_LEVEL", "louder"), listen("GOFUTURE_LISTEN", "9464");
  Diagnosis diagnosis;
  const auto settings = load_settings("", diagnosis);
  EXPECT_EQ(diagnosis.text(),
            "environment variable GOFUTURE_LISTEN: error: must be address:port such as \"127.0.0.1:9464\"\n"
            "environment variable GOFUTURE_LOG_LEVEL: error: must be \"debug\", \"info\", \"warn\" or \"error\"\n");
  EXPECT_EQ(settings.log_level, "info");
}

TEST(Settings, AUrlOfTheDatabaseGetsItsPasswordPercentEncoded) {
  TemporaryFolder folder;
  const auto password = folder.write("password", "p@ss/w?rd");
  for (const auto& [dsn, joined] : {std::pair("postgres://u@db/rides", "?password="), std::pair("postgresql://u@db/rides?sslmode=verify-full", "&password=")}) {
    const auto result = loaded(std::string("[postgres]\ndsn = \"") + dsn + "\"\npassword_file = \"" + password + "\"\n", folder);
    EXPECT_EQ(result.settings.postgres, std::string(dsn) + joined + "p%40ss%2Fw%3Frd");
  }
}

// However a file is broken, no line, no message and no type error may tell a secret that stands in it.
TEST(Secrets, AreNeverEchoed) {
  TemporaryFolder folder;
  const std::string secret = "hunter2hunter2";
  const auto file = folder.write("secret", secret);
  const Variable variable("MY_SECRET", secret);
  const std::vector<std::string> broken = {
      "[kafka.properties]\nsasl.password = \"" + secret + "\"\n",
      "[kafka.properties]\nsasl.password = [\"" + secret + "\"]\n",
      "[kafka.properties]\n\"sasl.password\" = { x = \"" + secret + "\" }\n",
      "[kafka.properties]\nssl.key.pem = \"\"\"\n" + secret + "\"\"\"\n",
      "[kafka]\nproperties = { \"sasl.password\" = '''\n" + secret + "''', unknown = 1 }\n",
      "[kafka]\nproperties = { \"sasl.password\" = \"" + secret + "\", unknown = 1 }\n",
      "[kafka.properties]\nsasl.password = " + secret + "\n",
      "[kafka.properties]\nsasl.password = \"" + secret + "\n",
      "[kafka.properties]\nsasl.password = \"\"\"\n" + secret + "\n",
      "[kafka.properties]\nsasl.password =\n" + secret + "\n",
      "[kafka.properties]\nsasl.pasword = \"" + secret + "\"\n",
      "[kafka]\nproperties = { \"sasl.pasword\" = \"" + secret + "\", unknown = 1 }\n",
      "[runtime]\nPassWord = \"" + secret + "\"\n",
      "[http]\nallow = [\"https://u:" + secret + "@gateway.example\"]\n",
      "[http]\nallow = \"https://u:" + secret + "@gateway.example\"\n",
      "[postgres]\npasswrd = \"" + secret + "\"\n",
      "config = { password = \"" + secret + "\", limit = inf }\n",
      "config = { password = \"\"\"\n" + secret + "\"\"\", limit = inf }\n",
      "[kafka.properties]\nsasl.oauthbearer.client.secret = \"" + secret + "\"\n",
      "[kafka.properties]\nsasl.password = \"env:MY_SECRET\"\nsasl.password = \"file:" + file + "\"\n",
      "[kafka.properties]\n\"sasl.password\" = \"env:MY_SECRET\"\nsasl.password = \"file:" + file + "\"\n",
      "[postgres]\ndsn = \"host=db password=" + secret + "\"\n",
      "[postgres]\ndsn = \"postgres://u:" + secret + "@db/rides\"\n",
      "[postgres]\ndsn = [\"postgres://u:" + secret + "@db/rides\"]\n",
      "[postgres]\ndsn = [\"" + secret + "\"]\n",
      "[postgres]\npassword = \"" + secret + "\"\n",
      "[postgres]\ndns = \"postgres://u:" + secret + "@db/rides\"\n",
      "[ingress]\ntokens = \"" + secret + "\"\n",
      "ingress = { tokens_file = \"/nowhere\", listen = \"x\", token = \"" + secret + "\" }\n",
      "[postgres]\npassword_file = \"/nowhere\"\ndsn = \"host=db\"\n\"" + secret,
  };
  for (const std::string& text : broken) {
    const auto result = loaded(text, folder);
    EXPECT_THAT(result.diagnosis, Not(HasSubstr(secret))) << text;
    EXPECT_THAT(result.diagnosis, HasSubstr("error: ")) << text;
    Diagnosis manifest;  // a secret in a manifest is misplaced, and just as secret
    parse_function(text, "x.toml", fixture_catalogue(), manifest);
    EXPECT_THAT(manifest.text(), Not(HasSubstr(secret))) << text;
  }
}

TEST(Secrets, WhatCannotBeReadNamesWhereItWasLookedFor) {
  TemporaryFolder folder;
  const auto empty = folder.write("empty", "\n");
  EXPECT_THAT(loaded("[kafka.properties]\nsasl.password = \"env:NOT_SET\"\n", folder).diagnosis,
              HasSubstr("sasl.password is read from the environment variable NOT_SET, which is not set"));
  const Variable nothing("EMPTY_SECRET", "");
  EXPECT_THAT(loaded("[kafka.properties]\nsasl.password = \"env:EMPTY_SECRET\"\n", folder).diagnosis, HasSubstr("EMPTY_SECRET, which is not set"));
  EXPECT_THAT(loaded("[kafka.properties]\nsasl.password = \"file:/proc/self/mem\"\n", folder).diagnosis,
              HasSubstr("sasl.password is read from /proc/self/mem, which cannot be read: Input/output error"));
  EXPECT_THAT(loaded("[kafka.properties]\nsasl.password = \"file:/nowhere\"\n", folder).diagnosis,
              HasSubstr("sasl.password is read from /nowhere, which cannot be read: No such file or directory"));
  EXPECT_THAT(loaded("[kafka.properties]\nsasl.password = \"file:" + empty + "\"\n", folder).diagnosis, HasSubstr("which is empty"));
  EXPECT_THAT(loaded("[postgres]\npassword_file = \"/nowhere\"\n", folder).diagnosis,
              HasSubstr("the database password is read from /nowhere, which cannot be read"));
  EXPECT_THAT(loaded("[ingress]\ntokens_file = \"/nowhere\"\n", folder).diagnosis,
              HasSubstr("the list of tokens is read from /nowhere, which cannot be read"));
  EXPECT_THAT(loaded("[kafka.properties]\nsasl.password = \"plain\"\n", folder).diagnosis,
              HasSubstr("sasl.password is a secret and must not stand here: write \"env:NAME\" or \"file:/path\""));
}

TEST(Settings, MistakesAreToldAsInManifests) {
  TemporaryFolder folder;
  const auto file = folder.path() + "/gofuture.toml";
  EXPECT_EQ(loaded("[runtime]\ninstance = \"a b\"\ninbox_window = \"36h\"\n\n[admin]\nlisten = \"9464\"\n\n[rely]\n", folder).diagnosis,
            file + ":2:12: error: instance must be of letters, digits, \".\", \"_\" and \"-\", at most 128 characters\n"
            "   2 | instance = \"a b\"\n     |            ^^^^^\n" +
            file + ":3:16: error: inbox_window must be whole days such as \"16d\"\n"
            "   3 | inbox_window = \"36h\"\n     |                ^^^^^\n" +
            file + ":6:10: error: listen must be address:port such as \"127.0.0.1:9464\"; did you mean \"127.0.0.1:9464\"?\n"
            "   6 | listen = \"9464\"\n     |          ^^^^^^\n" +
            file + ":8:2: error: unknown key \"rely\" in the settings; did you mean \"relay\"?\n"
            "   8 | [rely]\n     |  ^^^^\n");
  EXPECT_EQ(loaded("[runtime]\ngroup_prefix = \"a/b\"\nlog_level = \"inform\"\n\n[relay]\nslot = \"My-Slot\"\n", folder).diagnosis,
            file + ":2:16: error: group_prefix must be of letters, digits, \".\", \"_\" and \"-\", at most 128 characters\n"
            "   2 | group_prefix = \"a/b\"\n     |                ^^^^^\n" +
            file + ":3:13: error: log_level must be \"debug\", \"info\", \"warn\" or \"error\"; did you mean \"info\"?\n"
            "   3 | log_level = \"inform\"\n     |             ^^^^^^^^\n" +
            file + ":6:8: error: slot must be a plain lower-case name of a to z, 0 to 9 and _, at most 63 characters; did you mean \"my_slot\"?\n"
            "   6 | slot = \"My-Slot\"\n     |        ^^^^^^^^^\n");
  Diagnosis diagnosis;
  load_settings("/nowhere/gofuture.toml", diagnosis);
  EXPECT_EQ(diagnosis.text(), "/nowhere/gofuture.toml: error: cannot be read: No such file or directory\n");
}

TEST(KafkaProperties, OfTheProcessAreSuggestedToTheProcess) {
  TemporaryFolder folder;
  EXPECT_THAT(loaded("[kafka.properties]\nlingr.ms = 5\n", folder).diagnosis, HasSubstr("did you mean \"linger.ms\"?"));
}

TEST(KafkaProperties, NothingStandsInBothListsAndEverythingHasAReason) {
  for (const AllowedProperty& allowed : kAllowedProperties) {
    EXPECT_NE(allowed.why, "") << allowed.name;
    for (const RefusedProperty& refused : kRefusedProperties) {
      const auto pattern = refused.name;
      const bool matches = pattern.ends_with('*')     ? allowed.name.starts_with(pattern.substr(0, pattern.size() - 1))
                           : pattern.starts_with('*') ? allowed.name.ends_with(pattern.substr(1))
                                                      : allowed.name == pattern;
      EXPECT_FALSE(matches) << allowed.name << " is refused by " << pattern;
    }
  }
  for (const RefusedProperty& refused : kRefusedProperties) EXPECT_NE(refused.why, "") << refused.name;
}

}  // namespace
}  // namespace gofuture
