#include "postgres/trace.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace gofuture {
namespace {

constexpr std::string_view kOurSource = "gofuture/";
constexpr int kDepthMax = 200;  // hops are capped far below; what lies deeper starts a root of its own

const char* outcome_name(std::int32_t outcome) {
  switch (outcome) {
    case 0: return "ok";
    case 1: return "skip";
    case 2: return "dead";
    case 3: return "parked";
    default: return "unknown";
  }
}

// The function that emitted a row; "" for a source that is none of ours.
std::string emitter(const TraceRows::Outbox& row) {
  return row.source.starts_with(kOurSource) ? row.source.substr(kOurSource.size()) : "";
}

class Builder {
 public:
  explicit Builder(const TraceRows& rows) {
    for (const auto& row : rows.outbox) {
      known_[row.id] = &row;
      if (!row.causation.empty()) caused_[row.causation].push_back(&row);
    }
    for (auto& [cause, effects] : caused_)
      std::sort(effects.begin(), effects.end(), [](const auto* a, const auto* b) { return a->seq < b->seq; });
    for (const auto& row : rows.inbox) reacted_[row.event_id].push_back(&row);
    for (const auto& row : rows.dead) dead_[row.event_id].push_back(&row);
    for (const auto& row : rows.calls) called_[row.event_id].push_back(&row);
    for (const auto& row : rows.parked) parked_[row.event_id].push_back(&row);
    for (const auto& row : rows.timers) timed_[row.causation].push_back(&row);
  }

  Trace build(const std::string& correlation_id) {
    Trace trace;
    trace.correlation_id = correlation_id;
    for (const auto& [id, row] : known_)
      if (row->causation.empty()) trace.roots.push_back(event(id));
    // Causes that the outbox does not know, and whatever else tells of such events.
    add_outside_roots(caused_, trace);
    add_outside_roots(dead_, trace);
    add_outside_roots(called_, trace);
    add_outside_roots(parked_, trace);
    add_outside_roots(timed_, trace);
    // What is left hangs in a circle, or too deep: it is shown from its oldest event on.
    std::vector<const TraceRows::Outbox*> left;
    for (const auto& [id, row] : known_) left.push_back(row);
    std::sort(left.begin(), left.end(), [](const auto* a, const auto* b) { return a->seq < b->seq; });
    for (const auto* row : left)
      if (!placed_.contains(row->id)) trace.roots.push_back(event(row->id));

    std::stable_sort(trace.roots.begin(), trace.roots.end(), [](const auto& a, const auto& b) { return a.at_us < b.at_us; });
    trace.events = placed_.size();
    trace.dead = dead_count_;
    trace.parked = parked_count_;
    trace.timers = timer_count_;
    return trace;
  }

 private:
  template <class Rows>
  void add_outside_roots(const Rows& by_event, Trace& trace) {
    for (const auto& [id, rows] : by_event)
      if (!known_.contains(id) && !placed_.contains(id)) trace.roots.push_back(event(id));
  }

  TraceEvent event(const std::string& id) {
    placed_.insert(id);
    TraceEvent node;
    node.id = id;
    if (const auto row = known_.find(id); row != known_.end()) {
      node.type = row->second->type;
      node.topic = row->second->topic;
      node.source = row->second->source;
      node.key = row->second->key;
      node.at_us = row->second->time_us;
      node.due_us = row->second->due_us;
    } else {
      node.outside = true;
    }
    add_reactions(node);
    add_dead_letters(node);
    add_parked(node);
    if (const auto timers = timed_.find(id); timers != timed_.end())
      for (const auto* row : timers->second) {
        reaction_of(node, row->function).timers.push_back(*row);
        ++timer_count_;
      }
    if (const auto calls = called_.find(id); calls != called_.end())
      for (const auto* row : calls->second) reaction_of(node, row->function).calls.push_back(*row);
    if (++depth_ < kDepthMax) add_effects(node);
    --depth_;
    if (node.outside) node.at_us = first_sign(node);
    std::stable_sort(node.reactions.begin(), node.reactions.end(), [](const auto& a, const auto& b) { return when(a) < when(b); });
    return node;
  }

  void add_reactions(TraceEvent& node) {
    const auto rows = reacted_.find(node.id);
    if (rows == reacted_.end()) return;
    for (const auto* row : rows->second) {
      TraceReaction& reaction = reaction_of(node, row->function);
      reaction.outcome = outcome_name(row->outcome);
      reaction.epoch = row->epoch;
      reaction.attempts = row->attempts;
      reaction.redrive = row->redrive;
      reaction.done_us = row->done_us;
    }
  }

  void add_dead_letters(TraceEvent& node) {
    const auto rows = dead_.find(node.id);
    if (rows == dead_.end()) return;
    for (const auto* row : rows->second) {
      if (node.type.empty()) node.type = row->type;
      if (node.topic.empty()) node.topic = row->topic;
      TraceReaction& reaction = reaction_of(node, row->function);
      ++dead_count_;
      reaction.dead_class = row->failure;
      reaction.dead_message = row->message;
      if (!reaction.outcome.empty()) continue;
      reaction.outcome = "dead";
      reaction.epoch = row->epoch;
      reaction.attempts = row->attempts;
      reaction.done_us = row->dead_us;
    }
  }

  void add_parked(TraceEvent& node) {
    const auto rows = parked_.find(node.id);
    if (rows == parked_.end()) return;
    for (const auto* row : rows->second) {
      if (node.type.empty()) node.type = row->type;
      if (node.topic.empty()) node.topic = row->topic;
      TraceReaction& reaction = reaction_of(node, row->function);
      reaction.parked = *row;
      if (!row->held) ++parked_count_;
      if (reaction.outcome.empty()) {  // by `fence = newest`, or a timer: no inbox row tells
        reaction.outcome = "parked";
        reaction.done_us = row->parked_us;
      }
      if (reaction.outcome == "parked") reaction.attempts = row->attempts;
    }
  }

  void add_effects(TraceEvent& node) {
    const auto effects = caused_.find(node.id);
    if (effects == caused_.end()) return;
    for (const auto* effect : effects->second) {
      if (placed_.contains(effect->id)) continue;
      TraceEvent child = event(effect->id);
      const std::string function = emitter(*effect);
      reaction_of(node, function.empty() ? effect->source : function).emitted.push_back(std::move(child));
    }
  }

  static TraceReaction& reaction_of(TraceEvent& node, const std::string& function) {
    const auto found = std::find_if(node.reactions.begin(), node.reactions.end(), [&](const auto& one) { return one.function == function; });
    if (found != node.reactions.end()) return *found;
    node.reactions.emplace_back();
    node.reactions.back().function = function;
    return node.reactions.back();
  }

  static std::int64_t when(const TraceReaction& reaction) {
    if (reaction.done_us) return *reaction.done_us;
    if (!reaction.emitted.empty()) return reaction.emitted.front().at_us;
    if (!reaction.timers.empty()) return reaction.timers.front().set_us;
    return reaction.calls.empty() ? 0 : reaction.calls.front().requested_us;
  }
  static std::int64_t first_sign(const TraceEvent& node) {
    std::int64_t first = 0;
    for (const auto& reaction : node.reactions)
      if (const auto at = when(reaction); at != 0 && (first == 0 || at < first)) first = at;
    return first;
  }

  std::map<std::string, const TraceRows::Outbox*> known_;
  std::map<std::string, std::vector<const TraceRows::Outbox*>> caused_;
  std::map<std::string, std::vector<const TraceRows::Inbox*>> reacted_;
  std::map<std::string, std::vector<const TraceRows::Dead*>> dead_;
  std::map<std::string, std::vector<const TraceRows::Call*>> called_;
  std::map<std::string, std::vector<const TraceRows::Parked*>> parked_;
  std::map<std::string, std::vector<const TraceRows::Timer*>> timed_;  // by the event that set them
  std::set<std::string> placed_;
  std::size_t dead_count_ = 0, parked_count_ = 0, timer_count_ = 0;
  int depth_ = 0;
};

}  // namespace

Trace build_trace(const std::string& correlation_id, const TraceRows& rows) { return Builder(rows).build(correlation_id); }

}  // namespace gofuture
