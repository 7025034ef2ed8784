// What is checked of a TOML file before the parser sees it: size, nesting, parts of a key. Knows of TOML only where strings
// and comments begin and end; counts rather too much than too little.
#include "manifest/toml.hpp"

namespace gofuture {
namespace {

class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  std::optional<LimitBroken> run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        skip_comment();
        continue;
      }
      if (c == '"' || c == '\'') {
        skip_string(c);
        continue;
      }
      if (c == '[' || c == '{') {
        if (++depth_ > kNestingMax) return broken("brackets are nested deeper than " + std::to_string(kNestingMax) + " levels");
      } else if ((c == ']' || c == '}') && depth_ > 0) {
        --depth_;
      }
      if (c == '.') {
        if (++dots_ >= kKeyPartsMax) return broken("a key has more than " + std::to_string(kKeyPartsMax) + " parts");
      } else if (c == '\n' || c == '=' || c == ',') {
        dots_ = 0;
      }
      step();
    }
    return std::nullopt;
  }

 private:
  LimitBroken broken(std::string what) const { return {{line_, column_, 1}, std::move(what)}; }

  void step() {
    const char c = text_[at_++];
    if (c == '\n') ++line_, column_ = 1;
    else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) ++column_;
  }

  void skip_comment() {
    while (at_ < text_.size() && text_[at_] != '\n') step();
  }

  void skip_string(char quote) {
    const std::string three(3, quote);
    const bool wraps = text_.substr(at_, 3) == three;
    for (int i = 0; i < (wraps ? 3 : 1); ++i) step();
    while (at_ < text_.size()) {
      if (wraps ? text_.substr(at_, 3) == three : text_[at_] == quote || text_[at_] == '\n') {
        for (int i = 0; i < (wraps ? 3 : 1); ++i) step();
        return;
      }
      if (quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size()) step();
      step();
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1, column_ = 1, depth_ = 0, dots_ = 0;
};

}  // namespace

std::optional<LimitBroken> broken_limit(std::string_view text) {
  if (text.size() > kFileBytesMax)
    return LimitBroken{{}, "is " + std::to_string(text.size()) + " bytes long; at most " + std::to_string(kFileBytesMax) + " are read"};
  return Scan(text).run();
}

const Value* Value::find(std::string_view name) const {
  for (const Member& member : members)
    if (member.name == name) return &member.value;
  return nullptr;
}

std::string_view name_of(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kTable: return "a table";
    case Value::Kind::kArray: return "a list";
    case Value::Kind::kText: return "text";
    case Value::Kind::kInteger: return "an integer";
    case Value::Kind::kNumber: return "a number";
    case Value::Kind::kBoolean: return "true or false";
    case Value::Kind::kTime: return "a time";
  }
  return "something else";
}

}  // namespace gofuture
