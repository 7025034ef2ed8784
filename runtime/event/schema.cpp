// The only unit that sees valijson: it is slow to compile.
#include "event/schema.hpp"

// Without this valijson calls std::abort() where a schema is wrong.
#define VALIJSON_USE_EXCEPTIONS 1
#include <boost/json.hpp>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <optional>

#include "event/json_pointer.hpp"
#include "event/plain_schema.hpp"
#include "event/schema_rules.hpp"

namespace gofuture {
namespace json = boost::json;
namespace {

constexpr std::size_t kDepthMax = 64;
constexpr std::size_t kInSentenceMax = 3, kFindingsMax = 20;
constexpr std::size_t kShownMax = 200;  // characters of one finding: names come from the data

json::parse_options options() {
  json::parse_options options;
  options.max_depth = kDepthMax;
  return options;
}

std::string kind_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "a boolean";
    case json::kind::int64:
    case json::kind::uint64: return "an integer";
    case json::kind::double_: return "a number";
    case json::kind::string: return "a string";
    case json::kind::array: return "an array";
    case json::kind::object: return "an object";
  }
  return "something else";
}

// "[region_id]" of valijson's context -> "region_id".
std::vector<std::string> path_of(const std::vector<std::string>& context) {
  std::vector<std::string> path;
  for (std::size_t i = 1; i < context.size(); ++i) path.push_back(context[i].substr(1, context[i].size() - 2));
  return path;
}

std::string pointer_of(const std::vector<std::string>& path) {
  std::string pointer;
  for (const std::string& token : path) pointer += "/" + pointer_token(token);
  return pointer;
}

// What stands in quotes at the end of one of valijson's sentences, after `before`: the name of a property.
std::string quoted(const std::string& description, std::string_view before) {
  const auto first = description.find(before), last = description.rfind('\'');
  if (first == std::string::npos || last < first + before.size()) return {};
  return description.substr(first + before.size(), last - first - before.size());
}

const json::value* value_at(const json::value& root, const std::string& pointer) {
  boost::system::error_code trouble;
  return root.find_pointer(pointer, trouble);
}

// valijson's finding in our words. Those that only say "something below me is wrong" are dropped by returning nothing.
std::optional<Finding> told(const valijson::ValidationResults::Error& error, const json::value& data, const SchemaRules& rules) {
  const std::string& text = error.description;
  auto path = path_of(error.context);
  if (text.starts_with("Failed to validate")) {
    if (text.find("one child schema") == std::string::npos && text.find("any") == std::string::npos) return std::nullopt;
    return Finding{pointer_of(path), "fits none, or more than one, of the shapes that the schema allows"};
  }
  if (text.starts_with("Missing required property")) {
    path.push_back(quoted(text, "property '"));
    return Finding{pointer_of(path), "is missing"};
  }
  if (text.starts_with("Object contains a property")) {
    path.push_back(quoted(text, "constraints: '"));
    return Finding{pointer_of(path), "is not in the schema, which allows no other properties"};
  }
  const std::string pointer = pointer_of(path);
  if (text.starts_with("Value type not permitted")) {
    const json::value* value = value_at(data, pointer);
    const std::string wanted = rules.wanted_type(path);
    return Finding{pointer, "is " + (value == nullptr ? "of another type" : kind_of(*value)) + ", must be " +
                                (wanted.empty() ? "what the schema's \"type\" says" : wanted)};
  }
  if (text.starts_with("Failed to match against any enum")) return Finding{pointer, "is none of the values that the schema lists"};
  return Finding{pointer, text};
}

std::string shortened(std::string text) { return text.size() > kShownMax ? text.substr(0, kShownMax) + "..." : text; }

std::string sentence(const std::vector<Finding>& findings) {
  std::string all;
  for (std::size_t i = 0; i < findings.size() && i < kInSentenceMax; ++i) {
    const Finding& one = findings[i];
    all += (i == 0 ? "" : "; ") + shortened((one.pointer.empty() ? "the event" : one.pointer) + ": " + one.what);
  }
  return all;
}

}  // namespace

struct Schema::Impl {
  valijson::Schema schema;
  SchemaRules rules;
  std::optional<PlainSchema> plain;  // nothing: valijson is asked every time

  bool valid(const json::value& data) const {
    // Holds only caches of its own; `pattern` never reaches it, so nothing grows.
    static thread_local valijson::Validator validator;
    const valijson::adapters::BoostJsonAdapter target(data);
    return validator.validate(schema, target, nullptr) && rules.holds(data);
  }

  // Slower than valid(): asked only when the answer was no.
  std::vector<Finding> explain(const json::value& data) const {
    valijson::Validator validator;
    valijson::ValidationResults results;
    const valijson::adapters::BoostJsonAdapter target(data);
    validator.validate(schema, target, &results);
    std::vector<Finding> findings;
    for (const auto& error : results)
      if (auto finding = told(error, data, rules)) findings.push_back(std::move(*finding));
    rules.explain(data, findings);
    if (findings.empty()) findings.push_back({"", "does not fit its schema"});
    return findings;
  }

  // An Error: it could not be looked at; else what is wrong, empty when nothing is.
  Result<std::vector<Finding>> look(std::string_view data) const {
    if (plain && plain->surely_fits(data)) return std::vector<Finding>{};
    unsigned char document_memory[8192];  // an event of some hundred bytes never touches the heap
    unsigned char parser_memory[2048];
    json::monotonic_resource memory(document_memory);
    json::parser parser({}, options(), parser_memory);
    parser.reset(&memory);
    boost::system::error_code trouble;
    parser.write(data, trouble);
    if (trouble == json::error::too_deep) return Error("is nested deeper than " + std::to_string(kDepthMax) + " levels");
    if (trouble) return Error("is not JSON: " + trouble.message());
    const json::value document = parser.release();
    if (valid(document)) return std::vector<Finding>{};
    return explain(document);
  }
};

Schema::Schema(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;
Schema::~Schema() = default;

Result<Schema> Schema::compile(std::string_view text, std::string_view file) {
  try {
    boost::system::error_code trouble;
    json::value document = json::parse(text, trouble, {}, options());
    if (trouble) return Error("is not JSON: " + trouble.message()).within(file);
    auto rules = SchemaRules::take_from(document);
    if (!rules) return rules.error().within(file);
    auto impl = std::make_unique<Impl>();
    impl->rules = std::move(*rules);
    impl->plain = PlainSchema::of(document, impl->rules);
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::BoostJsonAdapter(document), impl->schema);
    return Schema(std::move(impl));
  } catch (const std::exception& thrown) {
    return Error(std::string("is not a JSON Schema: ") + thrown.what()).within(file);
  }
}

Result<Done> Schema::check(std::string_view data) const {
  try {
    const auto found = impl_->look(data);
    if (!found) return found.error();
    if (found->empty()) return ok();
    return Error(sentence(*found));
  } catch (const std::exception& thrown) {
    return Error(std::string("cannot be checked: ") + thrown.what());
  }
}

std::vector<Finding> Schema::findings(std::string_view data) const {
  try {
    auto found = impl_->look(data);
    if (!found) return {{"", found.error().message()}};
    if (found->size() > kFindingsMax) found->resize(kFindingsMax);
    for (Finding& one : *found) one = {shortened(std::move(one.pointer)), shortened(std::move(one.what))};
    return std::move(*found);
  } catch (const std::exception& thrown) {
    return {{"", std::string("cannot be checked: ") + thrown.what()}};
  }
}

}  // namespace gofuture
