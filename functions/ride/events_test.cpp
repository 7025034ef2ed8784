// The structs, the schemas and the catalogue say the same: every event type has a schema that requires exactly the
// members that its struct requires, knows all the others, and stands in events.toml; and what a struct writes, it
// reads. Each schema has an example, which is what both are tried with: whole, without each member, with each of another type.
#include <gmock/gmock.h>
#include <ride/events.hpp>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "event/schema.hpp"

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

// Whether the schema, and the struct, take it.
struct Takes {
  bool schema = false, structure = false;
};
template <class E>
Takes takes(const gofuture::Schema& schema, const boost::json::value& data) {
  const std::string text = boost::json::serialize(data);
  Takes takes{.schema = bool(schema.check(text))};
  try {
    static_cast<void>(gofuture::from_json<E>(text));
    takes.structure = true;
  } catch (const gofuture::JsonError&) {
  }
  return takes;
}

template <class E>
void expect_example() {
  const std::string type(gofuture::type_name<E>());
  SCOPED_TRACE(type);
  const std::string text = read("schemas/" + type + ".json");
  const auto schema = gofuture::Schema::compile(text, type);
  ASSERT_TRUE(schema) << schema.error().message();
  const auto described = boost::json::parse(text).as_object();
  const auto* examples = described.if_contains("examples");
  ASSERT_TRUE(examples != nullptr && examples->is_array() && !examples->get_array().empty()) << "a schema has an example";
  for (const auto& example : examples->get_array()) {
    const auto valid = schema->check(boost::json::serialize(example));
    EXPECT_TRUE(valid) << valid.error().message();
    EXPECT_EQ(boost::json::parse(gofuture::to_json(gofuture::from_json<E>(boost::json::serialize(example)))), example) << "the struct keeps all of it";
    for (const auto& member : example.as_object()) {
      SCOPED_TRACE(member.key());
      auto without = example, other = example, more = example;
      without.as_object().erase(member.key());
      other.as_object()[member.key()] = boost::json::array();
      more.as_object()["unheard_of"] = 1;
      EXPECT_EQ(takes<E>(*schema, without).schema, takes<E>(*schema, without).structure) << "without it";
      EXPECT_FALSE(takes<E>(*schema, other).schema || takes<E>(*schema, other).structure) << "of another type";
      EXPECT_TRUE(takes<E>(*schema, more).schema && takes<E>(*schema, more).structure) << "events may grow";
    }
    for (const auto& property : described.at("properties").as_object())
      EXPECT_TRUE(example.as_object().contains(property.key())) << property.key() << " stands in no example";
  }
}

TEST(RideEventsTest, EverySchemaHasAnExampleThatItsStructTakesAsItDoes) {
  boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, ride::Events>>(
      [](auto one) { expect_example<typename decltype(one)::type>(); });
}

TEST(RideEventsTest, NoSchemaIsWithoutItsStruct) {
  std::size_t schemas = 0;
  for ([[maybe_unused]] const auto& file :
       std::filesystem::directory_iterator(std::string(GOFUTURE_SOURCE_DIR) + "/manifests/schemas"))
    ++schemas;
  EXPECT_EQ(schemas, boost::mp11::mp_size<ride::Events>::value);
}

}  // namespace
