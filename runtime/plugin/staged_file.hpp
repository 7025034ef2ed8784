// StagedFile: the very bytes that were checked, in a place that nobody can change and no other file will ever have.
//
// By default a sealed memfd, opened through /proc/self/fd/N: no path to race with. With GOFUTURE_LOAD=file in the environment a
// read-only copy whose name holds digest and serial number, in a folder of this process: for debuggers and profilers, which
// want a file. A path is never used twice: the dynamic loader recognises a library by its path, and would hand out old code
// for new bytes. That is also why the descriptor must stay open (its number taken) for as long as the library is loaded.
// Owner: Library. One thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gofuture {

class StagedFile {
 public:
  // `name` is for people (maps, gdb); digest is the hex SHA-256 of bytes.
  static Result<StagedFile> make(std::string_view name, std::string_view digest, std::string_view bytes);
  StagedFile() = default;
  StagedFile(StagedFile&& other) noexcept;
  StagedFile& operator=(StagedFile&& other) noexcept;
  ~StagedFile();

  const std::string& path() const { return path_; }        // what to hand to dlopen
  const std::string& mark() const { return mark_; }        // the text by which /proc/self/maps names it
  // The library stayed in memory: path and descriptor must stay taken until the process ends.
  void keep_for_ever();

 private:
  std::string path_, mark_;
  int descriptor_ = -1;
  bool on_disk_ = false;
};

}  // namespace gofuture
