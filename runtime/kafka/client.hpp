// What all our librdkafka clients share: how they are configured, and where what they have to say goes.
//
// Voice receives librdkafka's log lines and errors and says each thing once: a broker that is away would otherwise fill
// the log from thirteen functions. It must outlive the client that speaks through it. Any thread.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "kafka/holders.hpp"
#include "kafka/options.hpp"

namespace gofuture::kafka {

class Voice {
 public:
  explicit Voice(Say say, std::string who) : say_(std::move(say)), who_(std::move(who)) {}

  void say(Level level, const std::string& sentence) const { say_(level, who_ + ": " + sentence); }
  // A state of things ("all brokers are down"), told once until recovered(topic) tells that it is over.
  void trouble(const std::string& topic, const std::string& sentence);
  void recovered(const std::string& topic, const std::string& sentence);
  // A line of librdkafka's own log: the same facility at most once in ten seconds, with the count of what was held
  // back.
  void library_line(int severity, const char* facility, const char* text);
  // An error that librdkafka raised outside of any call of ours.
  void library_error(rd_kafka_resp_err_t error, const char* reason);

 private:
  struct Spoken {
    std::int64_t at_ms = 0;
    std::int64_t held_back = 0;
  };
  const Say say_;
  const std::string who_;
  std::mutex mutex_;
  std::map<std::string, bool> troubles_;
  std::map<std::string, Spoken> lines_;
};

std::int64_t steady_ms();

using Properties = std::vector<std::pair<std::string, std::string>>;
// How whoever feeds functions fetches, and how much may wait in its client; why: README.md, "Settings".
Properties fetching(const std::string& queued_kbytes);
// `ours` first, then what the operator set on top; log lines and errors go to `voice`, which is also the opaque.
Result<Conf> make_conf(const std::string& brokers, const Properties& ours,
                       const std::map<std::string, std::string>& theirs, void* opaque);

// For a client whose opaque is a Voice: it speaks through that.
void speak_through_opaque(rd_kafka_conf_t* conf);

// A consumer that speaks through `voice`, which must outlive it. `what` it is, for the error: "a reader of t could not be made: …".
Result<Consumer> make_consumer(const std::string& brokers, const Properties& ours, const std::map<std::string, std::string>& theirs,
                               Voice& voice, const std::string& what);

inline std::string text_of(rd_kafka_resp_err_t error) {
  return rd_kafka_err2str(error);
}

}  // namespace gofuture::kafka
