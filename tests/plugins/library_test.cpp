// Loading: each refusal says exactly what is wrong and what to do, and the process goes on. The flaws written in C are loaded
// as C and as C++.
#include "plugin/library.hpp"
#include "plugin/elf.hpp"

#include <dlfcn.h>
#include <elf.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "plugins/world.hpp"

namespace gofuture {
namespace {

using plugin_world::library_path;
using plugin_world::manifest;
using ::testing::HasSubstr;

// Why this library is refused, without the path in front; fails the test when it is not.
std::string refusal(const std::string& path, const FunctionManifest& of = manifest()) {
  auto opened = Library::open(path, of);
  if (opened) {
    ADD_FAILURE() << path << " was taken";
    return "";
  }
  const std::string message = opened.error().message();
  EXPECT_TRUE(message.starts_with(path + " ")) << message;
  return message.substr(std::min(message.size(), path.size() + 1));
}

class ScratchFile {
 public:
  explicit ScratchFile(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~ScratchFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  static inline int serial_ = 0;
  std::string path_ = std::string(GOFUTURE_TEST_PLUGIN_DIR) + "/scratch-" + std::to_string(::getpid()) + "-" +
                      std::to_string(++serial_) + ".so";
};

std::string bytes_of_library(const std::string& name) {
  std::ifstream file(library_path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Flaw {
  const char* library;
  const char* message;
};

class RefusedLibrary : public ::testing::TestWithParam<Flaw> {};

TEST_P(RefusedLibrary, SaysWhatIsWrongAndTheProcessGoesOn) {
  for (const char* twin : {"", "_cpp"}) {
    EXPECT_EQ(refusal(library_path(std::string(GetParam().library) + twin)), GetParam().message) << "twin " << twin;
    const auto good = Library::open(library_path("identity"), manifest());
    EXPECT_TRUE(good) << (good ? "" : good.error().message());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Zoo, RefusedLibrary,
    ::testing::Values(
        Flaw{"entry_missing", "does not export gofuture_entry_v0; add GOFUTURE_FUNCTION(...) to its source and build it with "
                              "gofuture_add_function()"},
        Flaw{"entry_is_code", "exports gofuture_entry_v0 as something that is no gofuture_entry; define it as `const gofuture_entry "
                              "gofuture_entry_v0`"},
        Flaw{"entry_of_next_major",
             "was built for function ABI 1, this runtime speaks ABI 0; rebuild it with this runtime's SDK"},
        Flaw{"wrong_magic",
             "has no GoFuture entry behind gofuture_entry_v0 (wrong magic); build it with this runtime's SDK"},
        Flaw{"newer_abi", "was built for function ABI 7, which is newer than this runtime's ABI 0; upgrade the runtime, or rebuild the "
                          "function with this runtime's SDK"},
        Flaw{"newer_revision", "was built for revision 8 of function ABI 0, which is newer than this runtime's revision 3; upgrade the "
                               "runtime, or rebuild the function with this runtime's SDK"},
        Flaw{"older_revision", "was built for revision 0 of function ABI 0, which is older than this runtime's revision 3; rebuild the "
                               "function with this runtime's SDK"},
        Flaw{"short_struct", "has an entry of 24 bytes, ABI 0 has 64; rebuild the function with this runtime's SDK"},
        Flaw{"null_describe",
             "leaves describe, create, handle or destroy of its entry null; a function needs all four"},
        Flaw{"describes_nothing",
             "describes itself wrongly: describe() gives null; rebuild it with this runtime's SDK"},
        Flaw{"extra_export", "exports more than gofuture_entry_v0: helper_a and helper_b; link it with gofuture_add_function(), whose "
                             "version script hides them"},
        Flaw{"name_differs", "does not fit its manifest: the library holds the function \"somebody_else\", manifests/identity.toml is "
                             "for \"identity\"; set library = \"...\" in manifests/identity.toml or rename one of them"},
        Flaw{"handles_less", "does not fit its manifest: manifests/identity.toml subscribes to BookingCreated, the library handles "
                             "BookingCanceled; add a handler and rebuild, or remove from types"},
        Flaw{"emits_more",
             "does not fit its manifest: the library emits PaymentRefunded, manifests/identity.toml allows PaymentInitiated; add "
             "PaymentRefunded = \"<topic>\" to [emits] in manifests/identity.toml"}),
    [](const auto& flaw) { return flaw.param.library; });

TEST(RefusedLibraryTest, NamesEveryDifferenceFromTheManifestAtOnce) {
  FunctionManifest of = manifest();
  of.mode = Mode::kAtLeastOnce;
  EXPECT_EQ(refusal(library_path("fits_nowhere"), of),
            "does not fit its manifest: the library holds the function \"somebody_else\", manifests/identity.toml is for "
            "\"identity\"; set library = \"...\" in manifests/identity.toml or rename one of them"
            ". Also, manifests/identity.toml subscribes to BookingCreated, the library handles BookingCanceled; add a handler and "
            "rebuild, or remove from types"
            ". Also, the library emits PaymentRefunded, manifests/identity.toml allows PaymentInitiated; add PaymentRefunded = "
            "\"<topic>\" to [emits] in manifests/identity.toml"
            ". Also, the library uses SQL, manifests/identity.toml does not allow it; add sql = { schema = \"...\" } "
            "to [function] of manifests/identity.toml"
            ". Also, the library makes HTTP requests, manifests/identity.toml does not allow any; add [http] with allow = "
            "[\"https://...\"] to manifests/identity.toml"
            ". Also, the library keeps state, mode = \"at_least_once\" in manifests/identity.toml has none; set mode = \"postgres\""
            ". Also, the library sets timers, mode = \"at_least_once\" in manifests/identity.toml has none; set mode = \"postgres\"");
}

TEST(RefusedLibraryTest, WithTimersFitsNoModeAndNoFenceThatKnowsNone) {
  FunctionManifest of = manifest();
  of.mode = Mode::kKafka;
  EXPECT_EQ(refusal(library_path("sets_timers"), of),
            "does not fit its manifest: the library sets timers, mode = \"kafka\" in manifests/identity.toml has none; set mode = "
            "\"postgres\"");
  of.mode = Mode::kPostgres;
  of.fence.emplace();
  EXPECT_EQ(refusal(library_path("sets_timers"), of),
            "does not fit its manifest: the library sets timers, manifests/identity.toml fences by its newest event, which a timer has "
            "no part in; remove fence from [function] of manifests/identity.toml, or set the timers in another function");
}

TEST(RefusedLibraryTest, ChecksWhatTheLinkerDidBeforeAnyCodeRuns) {
  EXPECT_EQ(refusal(library_path("has_runpath")),
            "has a RUNPATH (/opt/elsewhere), by which it would choose what else is loaded; link it without -rpath (CMake: "
            "SKIP_BUILD_RPATH ON)");
  EXPECT_EQ(refusal(library_path("needs_foreign_library")),
            "needs libsodium.so.23, which a function may not load into the runtime; link it statically or ask the host through a "
            "service");
  EXPECT_EQ(refusal(library_path("executable_stack")), "asks for an executable stack; link it with -z noexecstack");
  EXPECT_EQ(refusal(library_path("never_unloads")),
            "is linked with -z nodelete and could never be unloaded; link it without");
}

TEST(RefusedLibraryTest, WithAnUnknownSymbolIsRefusedWhenItIsLoadedNotWhenItIsCalled) {
  EXPECT_THAT(refusal(library_path("missing_symbol")), HasSubstr("cannot be loaded: "));
  EXPECT_THAT(refusal(library_path("missing_symbol")), HasSubstr("undefined symbol: gofuture_test_nobody_has_this"));
}

TEST(RefusedLibraryTest, WhichDoesNotExistNamesTheManifest) {
  EXPECT_EQ(refusal("functions/nowhere.so"),
            "cannot be read: No such file or directory; build the function, or set library = \"...\" in manifests/identity.toml");
  EXPECT_EQ(refusal(GOFUTURE_TEST_PLUGIN_DIR), "is not a file");
}

TEST(RefusedLibraryTest, ThatIsNoElfFileIsToldSo) {
  EXPECT_EQ(refusal(ScratchFile("#!/bin/sh\necho hello\n").path()), "is not an ELF library; build it with gofuture_add_function()");
  EXPECT_EQ(refusal(ScratchFile("").path()), "is not an ELF library; build it with gofuture_add_function()");
}

TEST(RefusedLibraryTest, ThatIsTruncatedAnywhereIsRefusedAndNeverLoaded) {
  const std::string whole = bytes_of_library("identity");
  EXPECT_EQ(refusal(ScratchFile(whole.substr(0, whole.size() - 1)).path()),
            "is truncated: its section headers end at byte " + std::to_string(whole.size()) + ", the file has " +
                std::to_string(whole.size() - 1) + "; copy or build it again");
  for (std::size_t size = 0; size < whole.size(); size += 97) refusal(ScratchFile(whole.substr(0, size)).path());
}

// As a strip tool leaves it: nothing but the segments tells where the file should end.
TEST(RefusedLibraryTest, ThatIsTruncatedAndHasNoSectionHeadersIsToldByItsSegments) {
  std::string stripped = bytes_of_library("identity");
  Elf64_Ehdr header;
  std::memcpy(&header, stripped.data(), sizeof header);
  header.e_shnum = header.e_shstrndx = 0;
  header.e_shoff = 0;
  std::memcpy(stripped.data(), &header, sizeof header);
  EXPECT_TRUE(Library::open(ScratchFile(stripped).path(), manifest())) << "it needs none";
  EXPECT_THAT(refusal(ScratchFile(stripped.substr(0, stripped.size() / 2)).path()), HasSubstr("is truncated: its segments end at byte "));
  EXPECT_THAT(refusal(ScratchFile(stripped.substr(0, sizeof header + 10)).path()), HasSubstr("is truncated: its program headers end at byte "));
}

TEST(RefusedLibraryTest, ForASmallerMachineOrAProgramIsToldSo) {
  std::string other = bytes_of_library("identity");
  other[EI_CLASS] = ELFCLASS32;
  EXPECT_EQ(refusal(ScratchFile(other).path()), "is not a 64-bit library; build it for this machine");
  other = bytes_of_library("identity");
  const Elf64_Half type = ET_EXEC;
  std::memcpy(other.data() + offsetof(Elf64_Ehdr, e_type), &type, sizeof type);
  EXPECT_EQ(refusal(ScratchFile(other).path()), "is not a shared library (ELF type 2); link it as a MODULE, gofuture_add_function() does");
}

TEST(RefusedLibraryTest, WithSqlAndHttpTogetherIsSentToBeSplit) {
  FunctionManifest of = manifest();
  of.sql_schema = "ride";
  of.http.emplace();
  EXPECT_THAT(refusal(library_path("fits_nowhere"), of), HasSubstr("asks for SQL and HTTP together; an HTTP request would hold the "
                                                                   "database transaction open, so split the function in two"));
}

TEST(RefusedLibraryTest, WithAnyByteOfItsHeadersChangedNeverTakesTheProcessDown) {
  const std::string whole = bytes_of_library("identity");
  for (std::size_t at = 0; at < 64 + 10 * sizeof(Elf64_Phdr); ++at) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 0xff);
    (void)read_elf(broken);
  }
}

TEST(RefusedLibraryTest, OfAnotherMachineNamesBoth) {
  std::string other = bytes_of_library("identity");
  const Elf64_Half machine = EM_RISCV;
  std::memcpy(other.data() + offsetof(Elf64_Ehdr, e_machine), &machine, sizeof machine);
#if defined(__x86_64__)
  EXPECT_EQ(refusal(ScratchFile(other).path()), "is built for RISC-V, this machine is x86-64; build it for this machine");
#else
  EXPECT_THAT(refusal(ScratchFile(other).path()), HasSubstr("is built for RISC-V, this machine is "));
#endif
}

TEST(LibraryTest, TellsWhatItIs) {
  for (const char* twin : {"identity", "identity_cpp"}) {
    const auto library = Library::open(library_path(twin), manifest());
    ASSERT_TRUE(library) << library.error().message();
    EXPECT_EQ((*library)->description().name, "identity");
    EXPECT_EQ((*library)->description().handled, std::vector<std::string>{"BookingCreated"});
    EXPECT_FALSE((*library)->description().stateful);
    EXPECT_EQ((*library)->digest().size(), 64U);
  }
}

TEST(LibraryTest, RunsTheBytesThatItCheckedEvenIfTheFileChangesAfterwards) {
  ScratchFile file(bytes_of_library("identity"));
  const auto library = Library::open(file.path(), manifest());
  ASSERT_TRUE(library) << library.error().message();
  std::ofstream(file.path(), std::ios::binary) << "now something else entirely";
  EXPECT_EQ((*library)->entry().magic, GOFUTURE_ABI_MAGIC);
}

}  // namespace
}  // namespace gofuture
