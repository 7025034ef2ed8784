// The command line as a shell would start it in the checkout.
#pragma once

#include "support/command_line.hpp"

namespace gofuture::cli {

using test::Output;
using test::Said;

[[noreturn]] inline void be_gofuture(const std::vector<std::string>& words, const std::string& manifests) {
  test::be_gofuture(GOFUTURE_SOURCE_DIR, words, {{"GOFUTURE_MANIFESTS", manifests}});
}

inline Said gofuture(const std::vector<std::string>& words, Output output = Output::kPipe, const std::string& manifests = "manifests") {
  return test::command(GOFUTURE_SOURCE_DIR, words, output, {{"GOFUTURE_MANIFESTS", manifests}});
}

}  // namespace gofuture::cli
