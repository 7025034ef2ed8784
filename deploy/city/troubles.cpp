#include "troubles.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

namespace city {

std::vector<std::string> Troubles::news() {
  std::vector<std::string> out;
  if (file_.empty()) return out;
  std::ifstream in(file_);
  in.seekg(static_cast<std::streamoff>(read_));
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  for (std::size_t from = 0, to; (to = text.find('\n', from)) != std::string::npos; from = to + 1) {
    read_ += to + 1 - from;
    if (auto sentence = take(text.substr(from, to - from)); !sentence.empty()) out.push_back(std::move(sentence));
  }
  return out;
}

std::string Troubles::take(const std::string& line) {
  std::istringstream words(line);
  std::string what, seconds = "0";
  words >> what >> seconds;
  const double away = std::strtod(seconds.c_str(), nullptr);
  if (what == "postgres-kill") {
    ++counts_.postgres_kills;
    counts_.postgres_away_s += away;
    return "Postgres was killed and answers again after " + seconds + " s";
  }
  if (what == "kafka-kill") {
    ++counts_.kafka_kills;
    counts_.kafka_away_s += away;
    return "Kafka was killed and answers again after " + seconds + " s";
  }
  if (what == "replica-joined") {
    ++counts_.replicas_joined;
    return "a second runtime has joined";
  }
  if (what == "replica-left") {
    ++counts_.replicas_left;
    return "the second runtime has left";
  }
  if (what == "over") counts_.over = true;
  return {};
}

}  // namespace city
