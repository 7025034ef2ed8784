#include <gmock/gmock.h>

#include "plugin/http_client.hpp"

namespace gofuture {
namespace {

using ::testing::HasSubstr;

class AllowListTest : public ::testing::Test {
 protected:
  static AllowList make(const std::vector<std::string>& prefixes) {
    auto made = AllowList::make(prefixes);
    if (!made) ADD_FAILURE() << made.error().message();
    return made ? std::move(*made) : AllowList();
  }
  bool allows(const std::string& url) const { return static_cast<bool>(list_.check(url)); }
  AllowList list_ = make({"http://127.0.0.1:9480", "https://pay.example.com/v1", "https://files.example.com/open/"});
};

TEST_F(AllowListTest, AllowsWhatLiesBelowAPrefix) {
  for (const char* url : {"http://127.0.0.1:9480", "http://127.0.0.1:9480/", "http://127.0.0.1:9480/any/thing?x=http://evil#y",
                          "https://pay.example.com/v1", "https://pay.example.com/v1/charges", "https://pay.example.com/v1?x=1",
                          "https://PAY.example.com:443/v1/charges", "https://files.example.com/open/a", "HTTP://127.0.0.1:9480/a%2Fb"})
    EXPECT_TRUE(allows(url)) << url;
}

TEST_F(AllowListTest, RefusesOtherPlacesHoweverTheyAreSpelled) {
  for (const char* url :
       {"http://127.0.0.1:9480@evil.example/", "http://127.0.0.1:9480@evil.example:9480/", "http://evil.example/#http://127.0.0.1:9480/",
        "http://127.0.0.1:94801/", "http://127.0.0.1/", "http://127.0.0.1:948/", "https://127.0.0.1:9480/", "http://127.0.0.1.evil:9480/",
        "//127.0.0.1:9480/", "127.0.0.1:9480/", "http://user:password@127.0.0.1:9480/", "http:///evil.example/", "file:///etc/passwd",
        "gopher://127.0.0.1:9480/", "https://pay.example.com/v1evil", "https://pay.example.com/v2", "https://pay.example.com/v1/../v2",
        "https://pay.example.com/v1/%2e%2e/v2", "https://pay.example.com/v1/%2E./v2", "https://pay.example.com/v1/..%2fv2",
        "https://pay.example.com/v1//../../v2", "https://pay.example.com/v1\\..\\v2", "https://pay.example.com./v1",
        "https://files.example.com/open", "http://127.0.0.1:9480/a b", "http://127.0.0.1:9480/\r\nHost: evil", ""})
    EXPECT_FALSE(allows(url)) << url;
}

TEST_F(AllowListTest, SaysWhatIsAllowed) {
  const auto refused = list_.check("http://evil.example/");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "\"http://evil.example/\" is not in [http] allow (http://127.0.0.1:9480, https://pay.example.com/v1, "
            "https://files.example.com/open/)");
}

TEST_F(AllowListTest, RefusesPrefixesThatAreNone) {
  for (const char* prefix : {"pay.example.com", "ftp://example.com", "https://me@example.com", "https://example.com/?a=b", "https://", "*"})
    EXPECT_FALSE(AllowList::make({prefix})) << prefix;
}

TEST_F(AllowListTest, AllowsNothingWhenItIsEmpty) { EXPECT_FALSE(make({}).check("http://127.0.0.1/")); }

}  // namespace
}  // namespace gofuture
