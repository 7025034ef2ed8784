// Library: one function library in memory: read once, checked before any of its code runs, loaded from exactly the bytes that
// were checked, described, compared with its manifest; and later unloaded, with a proof that it is gone.
//
// Every refusal is a Result that says what is wrong, names both sides and the remedy, and leaves the process as it was.
// Owner: PluginHandlers and whoever deploys, together (shared_ptr); handlers hold a reference too. close() when the last
// handler has gone. Threads: open() and close() on any one thread; the rest is read-only.
//
//   auto library = Library::open("functions/start_payment.so", manifest);
//   if (!library) return library.error();
//   ... PluginHandlers::make(*library, ...) ...
//   Unloaded end = (*library)->close();
//   if (end.state == Unloaded::kPinned) log(end.why);
//
// Environment: GOFUTURE_LOAD=file loads from a copy on disk instead of memory, so that gdb and perf find the code.
#pragma once

#include <gofuture/abi.h>

#include <memory>
#include <string>

#include "base/result.hpp"
#include "manifest/manifest.hpp"
#include "plugin/description.hpp"

namespace gofuture {

struct Unloaded {
  enum State { kGone, kPinned } state = kGone;
  std::string why;  // for kPinned: a whole sentence
};

class Library {
 public:
  static Result<std::shared_ptr<Library>> open(const std::string& path, const FunctionManifest& manifest);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  const std::string& path() const { return path_; }
  const std::string& digest() const { return digest_; }              // SHA-256 of the file, hex
  const Description& description() const { return description_; }    // stateful: what Plan::stateful is to be
  const gofuture_entry& entry() const { return *entry_; }            // not after close()

  // Takes the library out of memory and looks whether it went. Refuses (pinned) while handlers live. A second call repeats the
  // first answer. Sanitizer builds keep the code, so that their reports have names.
  Unloaded close();

  // Handlers count themselves, so that no code is taken from under one.
  void handler_made();
  void handler_gone();

 private:
  class Loaded;
  Library();

  std::string path_, digest_;
  Description description_;
  const gofuture_entry* entry_ = nullptr;
  std::unique_ptr<Loaded> loaded_;
};

}  // namespace gofuture
