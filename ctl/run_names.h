#pragma once
// Runs by their names: whole, or as much of it as no other begins with.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "daemon/base/result.h"

namespace tradingd::ctl {

class RunNames {
 public:
  explicit RunNames(std::string wanted) : wanted_(std::move(wanted)) {}

  /// A page of run.list.
  void add(const nlohmann::json& columns, const nlohmann::json& rows);
  /// The run's number: the RUNNING one of that name if there is one, else the only one of that name, else the only
  /// one whose name begins so. The error names the candidates.
  [[nodiscard]] Result<std::int64_t> choose() const;

 private:
  struct Candidate {
    std::int64_t run = 0;
    std::string name;
    bool running = false;
  };
  std::string wanted_;
  std::vector<Candidate> candidates_;
};

}  // namespace tradingd::ctl
