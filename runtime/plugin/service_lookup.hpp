// Service gofuture.lookup/0 for one handler: reads rows of the tables that the manifest's [[lookup]] names, through the Lookup
// port. Handler's thread only.
#pragma once

#include <gofuture/service/lookup.h>

#include <optional>
#include <string>

#include "pipeline/io.hpp"
#include "pipeline/plan.hpp"

namespace gofuture {

class LookupService {
 public:
  LookupService(Lookup* port, const Plan& plan) : port_(port), plan_(plan) {}
  static const gofuture_lookup_service* table();

 private:
  static std::int32_t get(const gofuture_call* call, gofuture_bytes table, gofuture_bytes key, gofuture_bytes* answer) noexcept;
  std::int32_t read(std::string_view table, std::string_view key);

  Lookup* port_;
  const Plan& plan_;
  std::string answer_;  // what the library's view points into
};

}  // namespace gofuture
