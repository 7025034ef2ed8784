#include <gofuture/abi.h>

#include <boost/json.hpp>
#include <boost/version.hpp>
#include <iostream>

#include "cli/command.hpp"

namespace gofuture::cli {

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

}  // namespace gofuture::cli
