#pragma once
// A run's cash and trades as a journal in the format of ledger (and hledger): double entry, in plain text.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace tradingd::ctl {

/// Transactions for rows of trade.list: what was bought or sold at its price, and the fee. `currency` is the name of
/// the money: "USD". The accounts are Assets:Cash, Assets:Positions and Expenses:Fees.
[[nodiscard]] std::string journal_of_trades(const nlohmann::json& columns, const nlohmann::json& rows,
                                            std::string_view currency);

/// The same for those rows of cash.list that belong to no trade; against Equity:Capital what was paid in and out,
/// against Income otherwise.
[[nodiscard]] std::string journal_of_cash(const nlohmann::json& columns, const nlohmann::json& rows,
                                          std::string_view currency);

/// What splits and changes of symbols did to holdings, of rows of event.list; against Equity:Corporate actions. The
/// cash of dividends and of fractions is in the rows of cash.list.
[[nodiscard]] std::string journal_of_events(const nlohmann::json& columns, const nlohmann::json& rows,
                                            std::string_view currency);

}  // namespace tradingd::ctl
