#pragma once
// Random markets, configurations and commands, legal and not.

#include <memory>
#include <string>
#include <vector>

#include "daemon/engine/config.h"
#include "daemon/engine/input.h"
#include "tests/sim/random.h"
#include "tests/unit/engine/model.h"

namespace tradingd::sim {

inline constexpr int kSymbols = 3;

/// A feed's ticks. Instruments: AAA and BBB from the start, CCC from some tick on.
class MarketSource {
 public:
  MarketSource(Random random, bool close_ticks);

  struct Made {
    std::vector<engine::Instrument> new_instruments;
    engine::Tick tick;
  };
  Made next();
  [[nodiscard]] static std::vector<engine::Instrument> first_instruments();

 private:
  Random random_;
  bool close_ticks_;
  int day_ = 18'000;
  std::int64_t time_us_ = 0;
  int made_ = 0;
  int third_from_ = 0;
  std::vector<std::int64_t> prices_;  // in cents
};

/// What a run is started with. `modelled`: traded by hand, with nothing that the naive model doesn't know.
struct Configuration {
  engine::RunConfig config;
  Money initial_cash;
  bool modelled = false;
  model::Rules rules;  // the same for the model
};
[[nodiscard]] Configuration random_configuration(Random& random);

/// `known` is the highest order number that the client has seen; `modelled` as above.
[[nodiscard]] engine::InputBody random_order(Random& random, bool modelled, std::int64_t known);
[[nodiscard]] engine::InputBody random_replace(Random& random, std::int64_t known);
[[nodiscard]] Money random_amount(Random& random);

}  // namespace tradingd::sim
