#include "postgres/trace_text.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>

#include "event/envelope.hpp"

namespace gofuture {
namespace {

constexpr std::size_t kTimeWidth = 12, kNameWidth = 34;

std::string since(std::int64_t us) {
  char text[32];
  const double ms = static_cast<double>(us) / 1000;
  if (us < 1'000'000)
    std::snprintf(text, sizeof text, "%+.0f ms", ms);
  else if (us < 600'000'000)
    std::snprintf(text, sizeof text, "%+.2f s", ms / 1000);
  else
    std::snprintf(text, sizeof text, "%+.0f min", ms / 60'000);
  return text;
}

std::string clock_of(std::int64_t us) { return format_time_ms(us / 1000).substr(11, 12); }

std::string short_text(std::string_view text, std::size_t at_most) {
  std::string out;
  for (const char c : text) {
    if (out.size() == at_most) return out + "…";
    out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);  // names may come from anywhere; a terminal must not obey them
  }
  return out;
}

std::string event_name(const TraceEvent& event) {
  if (!event.type.empty()) return short_text(event.type, 60);
  return "event " + short_text(event.id, 40);
}

class Writer {
 public:
  explicit Writer(const Trace& trace) : start_us_(trace.roots.empty() ? 0 : trace.roots.front().at_us), last_us_(start_us_) {}

  void root(const TraceEvent& event) {
    std::string name = event_name(event);
    name.resize(std::max(name.size() + 1, kNameWidth), ' ');
    line(event.at_us == 0 ? "" : clock_of(event.at_us), name + (event.outside ? "from outside" : short_text(event.source, 60)));
    reactions(event, 0);
    last_us_ = std::max(last_us_, event.at_us);
  }
  std::string text() const { return text_; }
  std::int64_t span_us() const { return last_us_ - start_us_; }

 private:
  void reactions(const TraceEvent& event, int depth) {
    for (std::size_t i = 0; i < event.reactions.size(); ++i) {
      const TraceReaction& reaction = event.reactions[i];
      const bool last = i + 1 == event.reactions.size();
      const std::int64_t at = reaction.done_us ? *reaction.done_us : reaction.emitted.empty() ? 0 : reaction.emitted.front().at_us;
      last_us_ = std::max(last_us_, at);
      line(at == 0 ? "" : since(at - start_us_) + "   ",
           std::string(static_cast<std::size_t>(2 * depth), ' ') + (last ? "└ " : "├ ") + told(reaction));
      for (const TraceEvent& emitted : reaction.emitted) reactions(emitted, depth + 1);
    }
  }

  static std::string told(const TraceReaction& reaction) {
    std::string text = short_text(reaction.function, 60);
    if (reaction.epoch > 0) text += " v" + std::to_string(reaction.epoch);
    const bool waits = reaction.outcome == "parked" && reaction.parked;
    if (reaction.attempts > 1 && !waits) text += "   attempt " + std::to_string(reaction.attempts);
    if (reaction.redrive > 0) text += "   redrive " + std::to_string(reaction.redrive);
    if (reaction.outcome == "skip" || (reaction.outcome == "parked" && !waits)) text += "   " + reaction.outcome;
    if (waits) text += "   " + told(*reaction.parked);
    if (reaction.outcome == "dead" || !reaction.dead_class.empty())
      text += "   DEAD" + (reaction.dead_class.empty() ? "" : " (" + reaction.dead_class + ": " + short_text(reaction.dead_message, 120) + ")");
    if (reaction.parked && reaction.parked->held) text += "   its key is held";
    for (const TraceRows::Call& call : reaction.calls) text += "   [" + told(call) + "]";
    for (const TraceRows::Timer& timer : reaction.timers)
      text += "   [timer " + short_text(timer.name, 60) + " due " + clock_of(timer.due_us) + "]";
    for (std::size_t i = 0; i < reaction.emitted.size(); ++i) {
      const TraceEvent& effect = reaction.emitted[i];
      text += (i == 0 ? "   → " : ", ") + event_name(effect) + (effect.due_us > 0 ? " (leaves " + clock_of(effect.due_us) + ")" : "");
    }
    return text;
  }

  // "parked after attempt 2 (transient: gateway 503), next attempt 12:00:01.604"
  static std::string told(const TraceRows::Parked& parked) {
    std::string why = short_text(parked.message, 120);
    if (!parked.failure.empty()) why = short_text(parked.failure, 30) + (why.empty() ? "" : ": ") + why;
    std::string text = parked.attempts == 0 ? "parked" : "parked after attempt " + std::to_string(parked.attempts);
    if (!why.empty()) text += " (" + why + ")";
    if (parked.due_us > 0) return text + ", next attempt " + clock_of(parked.due_us);
    return text + " behind an earlier event of its key";
  }

  // "charge: POST http://gateway/v1/charges 200"
  static std::string told(const TraceRows::Call& call) {
    std::string text = short_text(call.call, 60) + ": " + short_text(call.method, 10) + " " + short_text(call.url, 80);
    if (call.status) return text + " " + std::to_string(*call.status);
    return text + (call.error.empty() ? " no answer yet" : " " + short_text(call.error, 80));
  }

  void line(std::string time, const std::string& rest) {
    if (time.size() < kTimeWidth) time.insert(0, kTimeWidth - time.size(), ' ');
    text_ += time + "  " + rest + "\n";
  }

  std::int64_t start_us_, last_us_;
  std::string text_;
};

boost::json::value time_json(std::int64_t us) {
  return us == 0 ? boost::json::value(nullptr) : boost::json::value(format_time_ms(us / 1000));
}

boost::json::object event_json(const TraceEvent& event) {
  boost::json::object out{{"id", event.id},   {"type", event.type}, {"topic", event.topic},          {"source", event.source},
                          {"key", event.key}, {"outside", event.outside}, {"time", time_json(event.at_us)}};
  if (event.due_us > 0) out["leaves"] = time_json(event.due_us);
  boost::json::array reactions;
  for (const TraceReaction& reaction : event.reactions) {
    boost::json::object one{{"function", reaction.function}, {"epoch", reaction.epoch}, {"outcome", reaction.outcome},
                            {"attempts", reaction.attempts}, {"redrive", reaction.redrive}, {"done", time_json(reaction.done_us.value_or(0))}};
    if (const auto& parked = reaction.parked)
      one["parked"] = boost::json::object{{"attempts", parked->attempts}, {"class", parked->failure}, {"message", parked->message},
                                          {"held", parked->held},         {"next", time_json(parked->due_us)}};
    if (!reaction.dead_class.empty()) one["dead_letter"] = boost::json::object{{"class", reaction.dead_class}, {"message", reaction.dead_message}};
    boost::json::array calls;
    for (const TraceRows::Call& call : reaction.calls)
      calls.push_back(boost::json::object{{"call", call.call}, {"method", call.method}, {"url", call.url},
                                          {"status", call.status ? boost::json::value(*call.status) : boost::json::value(nullptr)},
                                          {"error", call.error}, {"requested", time_json(call.requested_us)}, {"answered", time_json(call.answered_us)}});
    if (!calls.empty()) one["calls"] = std::move(calls);
    boost::json::array timers;
    for (const TraceRows::Timer& timer : reaction.timers)
      timers.push_back(boost::json::object{{"name", timer.name}, {"key", timer.key}, {"set", time_json(timer.set_us)}, {"due", time_json(timer.due_us)}});
    if (!timers.empty()) one["timers"] = std::move(timers);
    boost::json::array emitted;
    for (const TraceEvent& effect : reaction.emitted) emitted.push_back(event_json(effect));
    one["emitted"] = std::move(emitted);
    reactions.push_back(std::move(one));
  }
  out["reactions"] = std::move(reactions);
  return out;
}

}  // namespace

std::string trace_text(const Trace& trace) {
  const std::string id = short_text(trace.correlation_id, 100);
  if (trace.roots.empty())
    return id + "  nothing is known: no event with this correlation id stands in the outbox (rows stay for its retention), and none is dead\n";
  Writer writer(trace);
  for (const TraceEvent& root : trace.roots) writer.root(root);
  std::string head = id + "  " + std::to_string(trace.events) + (trace.events == 1 ? " event" : " events");
  if (trace.parked > 0) head += ", " + std::to_string(trace.parked) + " parked";
  if (trace.timers > 0) head += ", " + std::to_string(trace.timers) + (trace.timers == 1 ? " timer set" : " timers set");
  if (trace.dead > 0) head += ", " + std::to_string(trace.dead) + " dead";
  head += "  " + since(writer.span_us()).substr(1) + "\n";
  return head + writer.text() + (trace.cut_short ? "… there is more than a trace shows\n" : "");
}

std::string trace_json(const Trace& trace) {
  boost::json::array roots;
  for (const TraceEvent& root : trace.roots) roots.push_back(event_json(root));
  return boost::json::serialize(boost::json::object{{"correlation_id", trace.correlation_id},
                                                    {"events", trace.events},
                                                    {"dead", trace.dead},
                                                    {"parked", trace.parked},
                                                    {"timers", trace.timers},
                                                    {"cut_short", trace.cut_short},
                                                    {"roots", std::move(roots)}});
}

}  // namespace gofuture
