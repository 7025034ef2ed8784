#include "cli/exposition.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

namespace gofuture::cli {
namespace {

// One label's value behind its opening quote; moves `rest` behind the closing one.
std::string label_value(std::string_view& rest) {
  std::string value;
  while (!rest.empty() && rest.front() != '"') {
    if (rest.front() == '\\' && rest.size() > 1) {
      rest.remove_prefix(1);
      value.push_back(rest.front() == 'n' ? '\n' : rest.front());
    } else {
      value.push_back(rest.front());
    }
    rest.remove_prefix(1);
  }
  if (!rest.empty()) rest.remove_prefix(1);
  return value;
}

Labels labels_of(std::string_view& rest) {
  Labels labels;
  while (!rest.empty() && rest.front() != '}') {
    const auto equals = rest.find("=\"");
    if (equals == std::string_view::npos) break;
    std::string name(rest.substr(0, equals));
    rest.remove_prefix(equals + 2);
    labels[std::move(name)] = label_value(rest);
    if (!rest.empty() && rest.front() == ',') rest.remove_prefix(1);
  }
  if (!rest.empty()) rest.remove_prefix(1);
  return labels;
}

std::optional<double> number_of(std::string_view text) {
  const std::string digits(text.substr(0, text.find(' ')));
  char* end = nullptr;
  const double value = std::strtod(digits.c_str(), &end);  // also +Inf and NaN
  if (digits.empty() || *end != '\0') return std::nullopt;
  return value;
}

}  // namespace

Exposition Exposition::read(std::string_view page) {
  Exposition all;
  while (!page.empty()) {
    const auto end = std::min(page.find('\n'), page.size());
    std::string_view line = page.substr(0, end);
    page.remove_prefix(std::min(end + 1, page.size()));
    if (line.empty() || line.front() == '#') continue;
    const auto name_end = line.find_first_of("{ ");
    if (name_end == std::string_view::npos) continue;
    const std::string name(line.substr(0, name_end));
    const bool labelled = line[name_end] == '{';
    line.remove_prefix(name_end + 1);
    Series series;
    if (labelled) series.labels = labels_of(line);
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    const auto value = number_of(line);
    if (!value) continue;
    series.value = *value;
    all.by_name_[name].push_back(std::move(series));
  }
  return all;
}

const std::vector<Series>& Exposition::series(std::string_view name) const {
  static const std::vector<Series> none;
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? none : found->second;
}

std::optional<double> Exposition::sum(std::string_view name, std::string_view function, std::string_view label, std::string_view value) const {
  std::optional<double> sum;
  const auto has = [](const Series& series, std::string_view wanted, std::string_view text) {
    const auto found = series.labels.find(wanted);
    return found != series.labels.end() && found->second == text;
  };
  for (const Series& one : series(name))
    if ((function.empty() || has(one, "function", function)) && (label.empty() || has(one, label, value))) sum = sum.value_or(0) + one.value;
  return sum;
}

Buckets Exposition::buckets(std::string_view histogram, std::string_view function) const {
  Buckets buckets;
  for (const Series& one : series(std::string(histogram) + "_bucket")) {
    const auto name = one.labels.find("function"), bound = one.labels.find("le");
    if (name == one.labels.end() || name->second != function || bound == one.labels.end()) continue;
    if (const auto upper = number_of(bound->second)) buckets[*upper] += one.value;
  }
  return buckets;
}

Buckets since(const Buckets& before, const Buckets& now) {
  Buckets between = now;
  for (auto& [bound, count] : between)
    if (const auto old = before.find(bound); old != before.end()) count -= old->second;
  return between;
}

std::optional<double> quantile(const Buckets& buckets, double part) {
  if (buckets.empty() || buckets.rbegin()->second <= 0) return std::nullopt;
  const double rank = part * buckets.rbegin()->second;
  double lower = 0, below = 0;
  for (const auto& [upper, count] : buckets) {
    if (count >= rank && count > below) return std::isinf(upper) ? lower : lower + (upper - lower) * (rank - below) / (count - below);
    lower = upper;
    below = count;
  }
  return lower;
}

}  // namespace gofuture::cli
