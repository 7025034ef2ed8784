#include "pipeline/pipeline.hpp"

#include "pipeline/machine.hpp"

namespace gofuture {

Pipeline::Pipeline(const Plan& plan, Ports ports) : machine_(std::make_unique<Machine>(plan, ports)) {}
Pipeline::~Pipeline() = default;

void Pipeline::on_assigned(const std::vector<Position>& positions) { machine_->assigned(positions); }
void Pipeline::on_records(std::vector<Record> records) { machine_->records(std::move(records)); }
void Pipeline::on_revoked(const std::vector<TopicPartition>& partitions) { machine_->revoked(partitions); }
void Pipeline::on_lost(const std::vector<TopicPartition>& partitions) { machine_->lost(partitions); }
void Pipeline::on_end(TopicPartition at, std::int64_t offset) { machine_->end_reached(at, offset); }
void Pipeline::on_answer(Answer answer) { machine_->answer(std::move(answer)); }
bool Pipeline::wants_records() const { return machine_->wants_records(); }

void Pipeline::step() {
  machine_->dispatch();
  machine_->commit_positions();
  machine_->finish_revocations();
  machine_->regulate();
}

std::optional<std::int64_t> Pipeline::next_wakeup_ms() const {
  const auto intake = machine_->next_intake_wakeup();
  const auto dispatch = machine_->next_dispatch_wakeup();
  if (!intake) return dispatch;
  if (!dispatch) return intake;
  return std::min(*intake, *dispatch);
}

void Pipeline::stop() { machine_->stopped = true; }
bool Pipeline::idle() const { return machine_->idle(); }
const std::optional<std::string>& Pipeline::halted() const { return machine_->halted; }
Probe::Gauges Pipeline::gauges() const { return machine_->gauges(); }

}  // namespace gofuture
