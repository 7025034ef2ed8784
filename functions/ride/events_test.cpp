// The structs, the schemas and the catalogue say the same: every event type has a schema that requires exactly the
// members that its struct requires, knows all the others, and stands in events.toml; and what a struct writes, it
// reads.
#include <gmock/gmock.h>
#include <ride/events.hpp>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace {

std::string read(const std::string& file) {
  std::ifstream in(std::string(GOFUTURE_SOURCE_DIR) + "/manifests/" + file);
  EXPECT_TRUE(in) << file << " is missing";
  return {std::istreambuf_iterator<char>(in), {}};
}

template <class Member>
const char* json_type() {
  if constexpr (gofuture::detail::kIsOptional<Member>)
    return json_type<typename Member::value_type>();
  else if constexpr (std::is_same_v<Member, std::string>)
    return "string";
  else if constexpr (std::is_same_v<Member, bool>)
    return "boolean";
  else
    return std::is_integral_v<Member> ? "integer" : "number";
}

template <class E>
void expect_schema() {
  const std::string type(gofuture::type_name<E>());
  SCOPED_TRACE(type);
  const auto schema = boost::json::parse(read("schemas/" + type + ".json")).as_object();
  EXPECT_EQ(schema.at("title").as_string(), type);
  std::set<std::string> required, properties, struct_required, struct_members;
  for (const auto& name : schema.at("required").as_array()) required.insert(std::string(name.as_string()));
  const auto& described = schema.at("properties").as_object();
  for (const auto& property : described) properties.insert(std::string(property.key()));
  boost::mp11::mp_for_each<gofuture::detail::Members<E>>([&](auto member) {
    using Member = std::remove_cvref_t<decltype(std::declval<E>().*member.pointer)>;
    struct_members.insert(member.name);
    if (!gofuture::detail::kIsOptional<Member>) struct_required.insert(member.name);
    ASSERT_TRUE(described.contains(member.name)) << member.name;
    EXPECT_EQ(described.at(member.name).at("type").as_string(), json_type<Member>()) << member.name;
    if (std::is_same_v<Member, std::string>) {
      EXPECT_TRUE(described.at(member.name).as_object().contains("maxLength")) << member.name;
    }
  });
  EXPECT_EQ(required, struct_required);
  EXPECT_EQ(properties, struct_members);
  EXPECT_THAT(read("events.toml"), ::testing::HasSubstr("type    = \"" + type + "\""));
  EXPECT_EQ(gofuture::to_json(gofuture::from_json<E>(gofuture::to_json(E{}))), gofuture::to_json(E{}));
}

TEST(RideEventsTest, StructsSchemasAndCatalogueSayTheSame) {
  boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, ride::Events>>(
      [](auto one) { expect_schema<typename decltype(one)::type>(); });
}

TEST(RideEventsTest, NoSchemaIsWithoutItsStruct) {
  std::size_t schemas = 0;
  for ([[maybe_unused]] const auto& file :
       std::filesystem::directory_iterator(std::string(GOFUTURE_SOURCE_DIR) + "/manifests/schemas"))
    ++schemas;
  EXPECT_EQ(schemas, boost::mp11::mp_size<ride::Events>::value);
}

}  // namespace
