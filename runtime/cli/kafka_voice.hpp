// What a Kafka client of a command has to say: warnings and errors, on standard error.
#pragma once

#include <iostream>

#include "kafka/options.hpp"

namespace gofuture::cli {

inline kafka::Say kafka_voice() {
  return [](kafka::Level level, const std::string& sentence) {
    if (level >= kafka::Level::kWarn) std::cerr << "gofuture: " + sentence + "\n";
  };
}

}  // namespace gofuture::cli
