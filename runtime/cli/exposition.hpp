// Exposition: what a /metrics page says (Prometheus text format 0.0.4), as series to be asked for by name and function. Pure.
//
//   const Exposition now = Exposition::read(page);
//   now.sum("gofuture_events_total", "start_payment");          // over all series of that function; nothing: there is none
//   now.buckets("gofuture_handle_seconds", "start_payment");    // upper bound -> events up to it
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gofuture::cli {

using Labels = std::map<std::string, std::string, std::less<>>;
using Buckets = std::map<double, double>;

struct Series {
  Labels labels;
  double value = 0;
};

class Exposition {
 public:
  // Lines that are no series are passed over: a page of a newer version stays readable.
  static Exposition read(std::string_view page);

  const std::vector<Series>& series(std::string_view name) const;
  // Of the series that carry these labels; an empty function: of all.
  std::optional<double> sum(std::string_view name, std::string_view function, std::string_view label = "", std::string_view value = "") const;
  Buckets buckets(std::string_view histogram, std::string_view function) const;

 private:
  std::map<std::string, std::vector<Series>, std::less<>> by_name_;
};

// What lies between two counts of one histogram.
Buckets since(const Buckets& before, const Buckets& now);
// As Prometheus' histogram_quantile: linear within its bucket; beyond the last bound, that bound. Nothing: nothing was counted.
std::optional<double> quantile(const Buckets& buckets, double part);

}  // namespace gofuture::cli
