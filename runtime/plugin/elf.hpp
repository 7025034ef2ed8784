// What an ELF file says about itself, read from its bytes before any of its code runs (dlopen runs constructors, so a check
// after it would be too late). Reads what the dynamic loader reads: program headers and the dynamic section; section headers
// only serve to notice a truncated file. Pure functions over bytes: any file, however broken, gives a sentence, never a crash.
//
//   Result<ElfFacts> facts = read_elf(bytes);        // is it a whole library for this machine?
//   Result<Done> fits = judge_elf(*facts);           // may it be loaded? every objection in one message
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gofuture {

struct ElfFacts {
  struct Export {
    std::string name;
    bool object = false;     // a data symbol
    std::uint64_t size = 0;
  };
  std::vector<Export> exports;
  std::vector<std::string> needed;    // DT_NEEDED
  std::vector<std::string> runpaths;  // DT_RPATH, DT_RUNPATH
  std::vector<std::string> drags;     // DT_FILTER, DT_AUXILIARY, DT_AUDIT, DT_DEPAUDIT: other ways to load further files
  bool executable_stack = false;
  bool writable_code = false;         // a segment that is writable and executable
  bool text_relocations = false;
  bool never_unloads = false;         // -z nodelete
};

Result<ElfFacts> read_elf(std::string_view bytes);
Result<Done> judge_elf(const ElfFacts& facts);

}  // namespace gofuture
