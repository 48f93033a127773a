#pragma once
// Instruments files: what a feed trades, and what orders in it must keep to. TOML, a table [[instrument]] for each, or
// CSV with the same keys as its columns.

#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/engine/market.h"

namespace tradingd::config {

/// Reads a whole file; the name says by its ending (.csv) which kind it is. On failure the error has one line for each
/// problem, with its place. The instruments are listed, numbered from 0 in the order of the file, and have the feed's
/// `calendar`: another one is refused, as is a second currency, since a run adds all its money up.
[[nodiscard]] Result<std::vector<engine::Instrument>> parse_instruments(std::string_view text, std::string_view name,
                                                                        std::string_view calendar);

}  // namespace tradingd::config
