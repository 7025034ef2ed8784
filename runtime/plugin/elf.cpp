#include "plugin/elf.hpp"

#include <elf.h>
#include <gofuture/abi.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>

#include "plugin/text.hpp"

namespace gofuture {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t kThisMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kThisMachine = EM_AARCH64;
#else
#error "add this machine's ELF number here"
#endif

constexpr std::uint64_t kAuxiliary = 0x7ffffffd, kFilter = 0x7fffffff;  // <elf.h> hides them behind DT_AUXILIARY's index form

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_X86_64: return "x86-64";
    case EM_AARCH64: return "AArch64";
    case EM_386: return "i386";
    case EM_ARM: return "ARM";
    case EM_RISCV: return "RISC-V";
    default: return "machine " + std::to_string(machine);
  }
}

// Reads out of the file's bytes; nothing it returns lies outside of them.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool holds(std::uint64_t offset, std::uint64_t size) const { return offset <= bytes_.size() && size <= bytes_.size() - offset; }

  template <class T>
  std::optional<T> at(std::uint64_t offset) const {
    if (!holds(offset, sizeof(T))) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
  }

  std::optional<std::string> text(std::uint64_t offset, std::uint64_t end) const {
    end = std::min<std::uint64_t>(end, bytes_.size());
    if (offset >= end) return std::nullopt;
    const std::string_view rest = bytes_.substr(offset, end - offset);
    const auto length = rest.find('\0');
    if (length == std::string_view::npos) return std::nullopt;
    return std::string(rest.substr(0, length));
  }

  std::size_t size() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

struct Segments {
  std::vector<Elf64_Phdr> all;
  // Where the loader would find an address, as an offset into the file.
  std::optional<std::uint64_t> offset_of(std::uint64_t address) const {
    for (const Elf64_Phdr& segment : all)
      if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
        return segment.p_offset + (address - segment.p_vaddr);
    return std::nullopt;
  }
};

Error truncated(const std::string& what, std::uint64_t end, std::size_t size) {
  return Error("is truncated: its " + what + " end at byte " + std::to_string(end) + ", the file has " + std::to_string(size) +
               "; copy or build it again");
}

Error broken(const std::string& what) { return Error("is damaged: " + what + "; build it again"); }

Result<Elf64_Ehdr> read_header(const Reader& file, std::string_view bytes) {
  if (bytes.size() < EI_NIDENT || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0)
    return Error("is not an ELF library; build it with gofuture_add_function()");
  const auto ident = [&](int at) { return static_cast<unsigned char>(bytes[static_cast<std::size_t>(at)]); };
  if (ident(EI_CLASS) != ELFCLASS64) return Error("is not a 64-bit library; build it for this machine");
  if (ident(EI_DATA) != ELFDATA2LSB) return Error("is not little-endian; build it for this machine");
  const auto header = file.at<Elf64_Ehdr>(0);
  if (!header) return truncated("file header", sizeof(Elf64_Ehdr), file.size());
  if (header->e_machine != kThisMachine)
    return Error("is built for " + machine_name(header->e_machine) + ", this machine is " + machine_name(kThisMachine) +
                 "; build it for this machine");
  if (header->e_type != ET_DYN) return Error("is not a shared library (ELF type " + std::to_string(header->e_type) +
                                             "); link it as a MODULE, gofuture_add_function() does");
  if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0) return broken("it has no program headers");
  return *header;
}

Result<Segments> read_segments(const Reader& file, const Elf64_Ehdr& header) {
  const std::uint64_t table = std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr);
  if (!file.holds(header.e_phoff, table)) return truncated("program headers", header.e_phoff + table, file.size());
  if (header.e_shnum != 0) {
    const std::uint64_t sections = std::uint64_t{header.e_shnum} * header.e_shentsize;
    if (!file.holds(header.e_shoff, sections)) return truncated("section headers", header.e_shoff + sections, file.size());
  }
  Segments segments;
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    segments.all.push_back(*file.at<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr)));
    const Elf64_Phdr& last = segments.all.back();
    if (last.p_type == PT_LOAD && !file.holds(last.p_offset, last.p_filesz))
      return truncated("segments", last.p_offset + last.p_filesz, file.size());
  }
  return segments;
}

// How many symbols the dynamic table has: only its hash tables say so.
std::optional<std::uint64_t> symbol_count(const Reader& file, const Segments& segments,
                                          const std::map<std::uint64_t, std::uint64_t>& dynamic) {
  if (const auto hash = dynamic.find(DT_HASH); hash != dynamic.end()) {
    const auto offset = segments.offset_of(hash->second);
    if (!offset) return std::nullopt;
    const auto chains = file.at<std::uint32_t>(*offset + 4);
    return chains ? std::optional<std::uint64_t>(*chains) : std::nullopt;
  }
  const auto gnu = dynamic.find(DT_GNU_HASH);
  if (gnu == dynamic.end()) return std::nullopt;
  const auto offset = segments.offset_of(gnu->second);
  if (!offset) return std::nullopt;
  const auto buckets = file.at<std::uint32_t>(*offset), first = file.at<std::uint32_t>(*offset + 4),
             bloom = file.at<std::uint32_t>(*offset + 8);
  if (!buckets || !first || !bloom) return std::nullopt;
  const std::uint64_t bucket_table = *offset + 16 + std::uint64_t{*bloom} * 8;
  const std::uint64_t chain_table = bucket_table + std::uint64_t{*buckets} * 4;
  if (!file.holds(bucket_table, std::uint64_t{*buckets} * 4)) return std::nullopt;
  std::uint64_t highest = 0;
  for (std::uint64_t i = 0; i < *buckets; ++i)
    highest = std::max<std::uint64_t>(highest, *file.at<std::uint32_t>(bucket_table + i * 4));
  if (highest < *first) return *first;  // nothing is exported
  for (;; ++highest) {
    const auto link = file.at<std::uint32_t>(chain_table + (highest - *first) * 4);
    if (!link) return std::nullopt;
    if ((*link & 1U) != 0) return highest + 1;
  }
}

Result<std::vector<ElfFacts::Export>> read_exports(const Reader& file, const Segments& segments,
                                                   const std::map<std::uint64_t, std::uint64_t>& dynamic,
                                                   std::uint64_t strings, std::uint64_t strings_end) {
  std::vector<ElfFacts::Export> exports;
  const auto table = dynamic.find(DT_SYMTAB);
  if (table == dynamic.end()) return broken("it has no dynamic symbols");
  const auto offset = segments.offset_of(table->second);
  const auto count = symbol_count(file, segments, dynamic);
  if (!offset || !count) return broken("its dynamic symbols cannot be counted");
  for (std::uint64_t i = 1; i < *count; ++i) {
    const auto symbol = file.at<Elf64_Sym>(*offset + i * sizeof(Elf64_Sym));
    if (!symbol) return broken("its dynamic symbols leave the file");
    const auto bind = ELF64_ST_BIND(symbol->st_info);
    const auto visibility = ELF64_ST_VISIBILITY(symbol->st_other);
    if (symbol->st_shndx == SHN_UNDEF || (bind != STB_GLOBAL && bind != STB_WEAK && bind != STB_GNU_UNIQUE) ||
        (visibility != STV_DEFAULT && visibility != STV_PROTECTED))
      continue;
    const auto name = file.text(strings + symbol->st_name, strings_end);
    if (!name) return broken("the name of a dynamic symbol leaves the file");
    exports.push_back({*name, ELF64_ST_TYPE(symbol->st_info) == STT_OBJECT, symbol->st_size});
  }
  return exports;
}

Result<ElfFacts> read_dynamic(const Reader& file, const Segments& segments, const Elf64_Phdr& where, ElfFacts facts) {
  std::map<std::uint64_t, std::uint64_t> single;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> all;
  const auto begin = segments.offset_of(where.p_vaddr);  // the loader goes by the address, so do we
  if (!begin) return broken("its dynamic section is in no segment");
  for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= where.p_filesz; at += sizeof(Elf64_Dyn)) {
    const auto entry = file.at<Elf64_Dyn>(*begin + at);
    if (!entry) return broken("its dynamic section leaves the file");
    if (entry->d_tag == DT_NULL) break;
    const auto tag = static_cast<std::uint64_t>(entry->d_tag);
    all.emplace_back(tag, entry->d_un.d_val);
    single[tag] = entry->d_un.d_val;
  }
  const auto strings = segments.offset_of(single[DT_STRTAB]);
  if (!strings) return broken("it has no dynamic strings");
  const std::uint64_t strings_end = *strings + single[DT_STRSZ];
  for (const auto& [tag, value] : all) {
    std::vector<std::string>* into = nullptr;
    if (tag == DT_NEEDED) into = &facts.needed;
    if (tag == DT_RPATH || tag == DT_RUNPATH) into = &facts.runpaths;
    if (tag == kAuxiliary || tag == kFilter || tag == DT_AUDIT || tag == DT_DEPAUDIT) into = &facts.drags;
    if (into == nullptr) continue;
    const auto name = file.text(*strings + value, strings_end);
    if (!name) return broken("a name in its dynamic section leaves the file");
    into->push_back(*name);
  }
  if ((single[DT_FLAGS_1] & DF_1_PIE) != 0) return Error("is a program, not a library; link it as a MODULE");
  facts.text_relocations = single.contains(DT_TEXTREL) || (single[DT_FLAGS] & DF_TEXTREL) != 0;
  facts.never_unloads = (single[DT_FLAGS_1] & DF_1_NODELETE) != 0;
  auto exports = read_exports(file, segments, single, *strings, strings_end);
  if (!exports) return exports.error();
  facts.exports = std::move(*exports);
  return facts;
}

bool may_be_needed(const std::string& name) {
  static const std::vector<std::string> allowed = {"libc.so", "libm.so", "libstdc++.so", "libgcc_s.so", "libpthread.so",
                                                   "libdl.so", "librt.so", "libboost_json.so", "libboost_container.so",
                                                   "libasan.so", "libubsan.so", "libtsan.so"};
  if (name.find('/') != std::string::npos) return false;
  if (name.starts_with("ld-linux")) return true;
  return std::any_of(allowed.begin(), allowed.end(),
                     [&](const std::string& stem) { return name == stem || name.starts_with(stem + "."); });
}

void judge_exports(const ElfFacts& facts, std::vector<std::string>& objections) {
  std::vector<std::string> others;
  const ElfFacts::Export* entry = nullptr;
  std::string other_major;
  for (const ElfFacts::Export& symbol : facts.exports) {
    if (symbol.name == GOFUTURE_ENTRY_SYMBOL) entry = &symbol;
    else if (symbol.name.starts_with("gofuture_entry_v")) other_major = symbol.name.substr(16);
    else others.push_back(printable(symbol.name, 80));
  }
  if (entry == nullptr && !other_major.empty())
    objections.push_back("was built for function ABI " + printable(other_major, 20) + ", this runtime speaks ABI " +
                         std::to_string(GOFUTURE_ABI_VERSION) + "; rebuild it with this runtime's SDK");
  else if (entry == nullptr)
    objections.push_back("does not export " GOFUTURE_ENTRY_SYMBOL "; add GOFUTURE_FUNCTION(...) to its source and build it with "
                         "gofuture_add_function()");
  else if (!entry->object || entry->size < 16)
    objections.push_back("exports " GOFUTURE_ENTRY_SYMBOL " as something that is no gofuture_entry; define it as "
                         "`const gofuture_entry " GOFUTURE_ENTRY_SYMBOL "`");
  if (others.empty()) return;
  const std::size_t more = others.size() > 5 ? others.size() - 5 : 0;
  if (more != 0) others.resize(5);
  objections.push_back("exports more than " GOFUTURE_ENTRY_SYMBOL ": " + listed(others) +
                       (more != 0 ? " and " + std::to_string(more) + " more" : "") +
                       "; link it with gofuture_add_function(), whose version script hides them");
}

}  // namespace

Result<ElfFacts> read_elf(std::string_view bytes) {
  const Reader file(bytes);
  const auto header = read_header(file, bytes);
  if (!header) return header.error();
  const auto segments = read_segments(file, *header);
  if (!segments) return segments.error();
  ElfFacts facts;
  facts.executable_stack = true;  // what a missing PT_GNU_STACK means
  const Elf64_Phdr* dynamic = nullptr;
  for (const Elf64_Phdr& segment : segments->all) {
    if (segment.p_type == PT_GNU_STACK) facts.executable_stack = (segment.p_flags & PF_X) != 0;
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0 && (segment.p_flags & PF_W) != 0) facts.writable_code = true;
    if (segment.p_type == PT_DYNAMIC) dynamic = &segment;
  }
  if (dynamic == nullptr) return broken("it has no dynamic section");
  return read_dynamic(file, *segments, *dynamic, std::move(facts));
}

Result<Done> judge_elf(const ElfFacts& facts) {
  std::vector<std::string> objections;
  judge_exports(facts, objections);
  if (!facts.runpaths.empty())
    objections.push_back("has a RUNPATH (" + printable(facts.runpaths.front(), 200) +
                         "), by which it would choose what else is loaded; link it without -rpath "
                         "(CMake: SKIP_BUILD_RPATH ON)");
  std::vector<std::string> foreign;
  for (const std::string& name : facts.needed)
    if (!may_be_needed(name)) foreign.push_back(printable(name, 80));
  if (!foreign.empty())
    objections.push_back("needs " + listed(foreign) + ", which a function may not load into the runtime; link it statically or ask "
                         "the host through a service");
  for (const std::string& name : facts.drags)
    objections.push_back("would load " + printable(name, 80) + " as a filter or auditor; link it without");
  if (facts.executable_stack) objections.push_back("asks for an executable stack; link it with -z noexecstack");
  if (facts.writable_code) objections.push_back("has code that is writable; link it without -z rwx or --omagic");
  if (facts.text_relocations) objections.push_back("has text relocations; compile it with -fPIC");
  if (facts.never_unloads) objections.push_back("is linked with -z nodelete and could never be unloaded; link it without");
  if (objections.empty()) return ok();
  std::string all = objections.front();
  for (std::size_t i = 1; i < objections.size(); ++i) all += ". It " + objections[i];
  return Error(all);
}

}  // namespace gofuture
