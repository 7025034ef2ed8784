#include "ingress/desk.hpp"

#include <utility>

namespace gofuture {
namespace {

constexpr std::string_view kPath = "/v1/events";
constexpr std::int64_t kBusyMs = 1'000, kUnavailableMs = 2'000;

}  // namespace

std::optional<Reply> Desk::refusal(const RequestHead& head) {
  if (head.path.substr(0, head.path.find('?')) != kPath) return refused(404, "not_found", "there is only POST /v1/events");
  if (head.method != "POST") {
    Reply answer = refused(405, "method", "only POST is answered here");
    answer.allow = "POST";
    return answer;
  }
  std::string sender;  // without tokens: all are one
  if (!options_.tokens.empty()) {
    const auto name = options_.tokens.name_of(head.authorization);
    if (!name)
      return refused(401, "unauthorized", head.authorization.empty() ? "send Authorization: Bearer and a token" : "this token is not known");
    sender = *name;
  }
  if (stopping_) return later(503, "stopping", "this process is stopping", kBusyMs);
  auto [rate, fresh] = rates_.try_emplace(sender, options_.requests_per_second, clock_.steady_ms());
  if (const std::int64_t wait_ms = rate->second.take(clock_.steady_ms()); wait_ms > 0)
    return later(429, "rate",
                 "more than " + std::to_string(options_.requests_per_second) + " requests a second; send several events in one, as a batch", wait_ms);
  if (!head.content_encoding.empty() && head.content_encoding != "identity")
    return refused(415, "media_type", "Content-Encoding is not understood; send the body as it is");
  if (!head.has_length) return refused(411, "length_required", "send Content-Length");
  return std::nullopt;
}

void Desk::take(const HttpContent& request, std::function<void(const Reply&)> done) {
  const std::int64_t began_ms = clock_.steady_ms();
  Judged judged = acceptance_->judge(request);
  if (judged.refusal) return done(*judged.refusal);
  if (judged.events.empty()) return done(accepted({}, 0));  // a batch may be empty
  Asked asked{std::move(judged.ids), std::move(judged.places), began_ms};
  const bool there_is_room = group_.submit(std::move(judged.events), [this, asked = std::move(asked), done](const Written& written) {
    done(reply_to(written, asked));
  });
  if (!there_is_room) done(later(429, "busy", "more requests wait for the database than there is room for", kBusyMs));
}

Reply Desk::reply_to(const Written& written, const Asked& asked) {
  const auto flaws = [&](const char* what) {
    std::vector<Flaw> all;
    for (const std::size_t event : written.events) all.push_back({asked.places[event], "/id", what});
    return all;
  };
  switch (written.status) {
    case Written::Status::kWritten: {
      const std::size_t repeats = written.repeats + asked.ids.size() - asked.places.size();
      probe_.accepted(asked.ids.size() - repeats, repeats, static_cast<double>(clock_.steady_ms() - asked.began_ms) / 1000);
      return accepted(asked.ids, repeats);
    }
    case Written::Status::kOtherContent:
      return refused(409, "conflict", "an id names one content for ever, so nothing of the request was taken",
                     flaws("an event with this id and other content has been here"));
    case Written::Status::kExpired:
      return refused(400, "invalid", "the request is wrong, so nothing of it was taken",
                     flaws("the id is so old that nobody can tell whether it has been here; look whether it has, else send it with a new id"));
    case Written::Status::kUnavailable:
      return later(503, "unavailable", "the database cannot be written now; send the same again, with the same id", kUnavailableMs);
    case Written::Status::kRefused: break;
  }
  probe_.log(Probe::Level::kError,
             "the database refuses accepted events: " + written.message + "; has `gofuture migrate` been run for this catalogue?");
  return refused(500, "internal", "the database refuses the events; the log of gofuture says why");
}

}  // namespace gofuture
