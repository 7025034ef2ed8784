#include <gofuture/abi.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <boost/version.hpp>
#include <iostream>

#include "cli/commands.hpp"

namespace gofuture::cli {
namespace {

int version(const Common& common) {
  const std::string abi = std::to_string(GOFUTURE_ABI_VERSION) + " revision " + std::to_string(GOFUTURE_ABI_REVISION);
  if (common.json) {
    std::cout << boost::json::serialize(boost::json::object{{"gofuture", GOFUTURE_VERSION},
                                                            {"abi", GOFUTURE_ABI_VERSION},
                                                            {"abi_revision", GOFUTURE_ABI_REVISION},
                                                            {"compiler", __VERSION__},
                                                            {"boost", BOOST_LIB_VERSION}})
              << '\n';
  } else {
    std::cout << "gofuture " << GOFUTURE_VERSION << ", function ABI " << abi << ", built with g++ " << __VERSION__ << ", Boost "
              << BOOST_LIB_VERSION << '\n';
  }
  return kDone;
}

}  // namespace

void add_version(CLI::App& app, Common& common) {
  CLI::App& command = add_command(app, "version", "Versions of this binary, of its function ABI and of its libraries\n\nExample\n  gofuture version");
  prints_json(command, common);
  on(command, common, [&common] { return version(common); });
}

}  // namespace gofuture::cli
