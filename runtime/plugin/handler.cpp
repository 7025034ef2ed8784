#include "plugin/handler.hpp"

#include <array>
#include <cstring>
#include <exception>

#include "plugin/apart.hpp"
#include "plugin/text.hpp"

namespace gofuture {
namespace {

// Runs library code; what it throws is told as text, so that nothing of the library is kept.
template <class Work>
std::optional<std::string> caught(Work work) {
  try {
    work();
    return std::nullopt;
  } catch (const std::exception& error) {
    return printable(error.what());
  } catch (...) {
    return "something that is no std::exception";
  }
}

}  // namespace

Result<std::unique_ptr<Handler>> Handler::create(std::shared_ptr<Library> library, const gofuture_host& host) {
  std::array<char, 1024> error{};
  void* self = nullptr;
  const auto escaped = apart([&] {
    return caught([&] { self = library->entry().create(&host, error.data(), error.size() - 1); });
  });
  if (escaped)
    return Error(library->path() + " threw from create(): " + *escaped + "; no exception may leave a function library");
  if (self == nullptr) {
    const std::string why = printable({error.data(), ::strnlen(error.data(), error.size() - 1)});
    return Error(library->path() + " could not create a handler: " + (why.empty() ? "it gave no reason" : why));
  }
  return std::unique_ptr<Handler>(new Handler(std::move(library), self));
}

Handler::~Handler() {
  apart([&] { caught([&] { library_->entry().destroy(self_); }); });
  library_->handler_gone();
}

std::optional<std::string> Handler::handle(const gofuture_batch& batch, const gofuture_call& call) {
  return caught([&] { library_->entry().handle(self_, &batch, &call); });
}

}  // namespace gofuture
