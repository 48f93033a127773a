#pragma once
// Strategy files: TOML in, a run's configuration out; and back from the JSON that the ledger keeps.

#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/digest.h"
#include "daemon/base/result.h"
#include "daemon/config/problem.h"
#include "daemon/engine/config.h"

namespace tradingd::config {

struct StrategyDocument {
  engine::RunConfig config;
  std::string strategy;        // "sip", "rebalance", "sip+rebalance", "manual"
  std::string canonical_json;  // all of `config`, defaults written out, keys sorted: equal configurations, equal text
  Digest hash{};               // of canonical_json
};

/// Validates a strategy file whole. On failure, the error has one line for each problem ("NAME:12: key:
/// what is wrong, what is allowed"), and `problems`, if given, has them one by one. `default_fill_at`
/// is what a file without fill_at means: by the kind of its feed (bars: next_open; one price: close).
[[nodiscard]] Result<StrategyDocument> parse_strategy(std::string_view toml, std::string_view name,
                                                      engine::FillAt default_fill_at = engine::FillAt::close,
                                                      std::vector<Problem>* problems = nullptr);

/// Reads the ledger's canonical JSON (in any order of keys, as jsonb gives it) by the same rules. The
/// result's hash is computed anew, so that the caller can compare it with the stored one.
[[nodiscard]] Result<StrategyDocument> strategy_from_json(std::string_view text);

/// "sip+rebalance" …
[[nodiscard]] std::string_view to_text(engine::StrategyKind kind);

}  // namespace tradingd::config
