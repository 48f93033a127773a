#include "tests/sim/coverage.h"

#include <algorithm>
#include <iomanip>

namespace tradingd::sim {

namespace {

/// What must come up besides the cells of the tables; in layer B with real faults, the first part.
constexpr std::array<std::string_view, 15> kOthers{
    "answered again after a loss",
    "request repeated",
    "request id used for another command",
    "request id used elsewhere",
    "command without a run",
    "start while another runs",
    "tick repeated",
    "tick out of order",
    "restart",
    "daemon that was replaced goes on",
    "halted from outside, or let go on",
    "start refused",
    "stopping during an outage",
    "catching up over more than a page",
    "late statement refused",
};
constexpr std::size_t kOthersOfLayerB = 11;  // the others are of layer A alone

}  // namespace

void Coverage::write(std::string_view input, engine::TradingState state, Fault fault) {
  const auto row = std::find(kInputs.begin(), kInputs.end(), input) - kInputs.begin();
  ++writes_.at(static_cast<std::size_t>(row)).at(static_cast<std::size_t>(state)).at(static_cast<std::size_t>(fault));
}

void Coverage::operation(Operation operation, bool crashed) {
  ++operations_.at(static_cast<std::size_t>(operation)).at(crashed ? 1 : 0);
}

void Coverage::merge(const Coverage& other) {
  for (std::size_t input = 0; input < writes_.size(); ++input) {
    for (std::size_t state = 0; state < 3; ++state) {
      for (std::size_t fault = 0; fault < kFaultCount; ++fault) {
        writes_[input][state][fault] += other.writes_[input][state][fault];
      }
    }
  }
  for (std::size_t operation = 0; operation < kOperationCount; ++operation) {
    operations_[operation][0] += other.operations_[operation][0];
    operations_[operation][1] += other.operations_[operation][1];
  }
  for (const auto& [what, count] : other.others_) {
    others_[what] += count;
  }
  faults_ += other.faults_;
}

int Coverage::report_writes(std::ostream& out, bool layer_b) const {
  int missed = 0;
  out << "inputs of a write by the fault that struck it, with the run ACTIVE / REDUCING / HALTED after it\n";
  for (const FaultInfo& fault : kFaults) {
    if (!(layer_b ? fault.layer_b : fault.layer_a)) {
      continue;
    }
    out << std::left << std::setw(18) << fault.name;
    for (std::size_t input = 0; input < kInputs.size(); ++input) {
      const bool start = input == 0;
      if (start && fault.needs_run) {
        continue;
      }
      out << ' ' << kInputs[input] << ' ';
      for (std::size_t state = 0; state < (start ? 1U : 3U); ++state) {
        const std::int64_t count = writes_[input][state][static_cast<std::size_t>(fault.fault)];
        // Few faults strike in layer B, and a server that is killed costs a second: there the inputs alone count.
        const bool counts = !layer_b || (state == 0 && (fault.fault == Fault::none || input == kTickInput));
        missed += counts && count == 0 ? 1 : 0;
        out << (state == 0 ? "" : "/") << count << (counts && count == 0 ? "!" : "");
      }
    }
    out << '\n';
  }
  return missed;
}

int Coverage::report_others(std::ostream& out, bool layer_b) const {
  int missed = 0;
  out << "operations that failed / were the daemon's last\n";
  for (std::size_t operation = 0; operation < kOperationCount; ++operation) {
    const auto [failed, last] = operations_[operation];
    // A wait and a reply can't fail; for a start, the number and the market are read in a moment.
    const bool can_fail = operation < static_cast<std::size_t>(Operation::wait);
    const bool hole = !layer_b && ((can_fail && failed == 0) || last == 0);
    missed += hole ? 1 : 0;
    out << "  " << std::left << std::setw(18) << kOperations[operation] << failed << " / " << last
        << (hole ? "  !" : "") << '\n';
  }
  for (std::size_t other = 0; other < (layer_b ? kOthersOfLayerB : kOthers.size()); ++other) {
    const auto found = others_.find(std::string(kOthers[other]));
    const std::int64_t count = found == others_.end() ? 0 : found->second;
    missed += count == 0 ? 1 : 0;
    out << "  " << std::left << std::setw(40) << kOthers[other] << count << (count == 0 ? "  !" : "") << '\n';
  }
  return missed;
}

int Coverage::report(std::ostream& out, bool layer_b) const {
  return report_writes(out, layer_b) + report_others(out, layer_b);
}

}  // namespace tradingd::sim
