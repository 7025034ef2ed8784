// Handler: one live instance of a function: what create() of its library gave, until destroy().
//
// A library must not let exceptions out; a handler survives it all the same and says what came. Owner: one worker; handle() on
// that worker's thread only, one call at a time. Created and destroyed on threads of their own (see apart.hpp). Holds its
// library, which cannot be unloaded before.
//
//   auto handler = Handler::create(library, host.table());
//   if (!handler) return handler.error();
//   if (auto escaped = (*handler)->handle(batch, call)) ...
#pragma once

#include <gofuture/abi.h>

#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "plugin/library.hpp"

namespace gofuture {

class Handler {
 public:
  // `host` must outlive the handler.
  static Result<std::unique_ptr<Handler>> create(std::shared_ptr<Library> library, const gofuture_host& host);
  ~Handler();
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;

  // What escaped, when an exception did.
  std::optional<std::string> handle(const gofuture_batch& batch, const gofuture_call& call);

 private:
  Handler(std::shared_ptr<Library> library, void* self) : library_(std::move(library)), self_(self) {
    library_->handler_made();
  }

  std::shared_ptr<Library> library_;
  void* self_;
};

}  // namespace gofuture
