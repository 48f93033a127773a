#include "ctl/journal.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "ctl/cells.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;

/// A row by its columns' names.
class Row {
 public:
  Row(const json& columns, const json& cells) : columns_(columns), cells_(cells) {}
  [[nodiscard]] const json& at(std::string_view name) const {
    const auto found = std::find(columns_.begin(), columns_.end(), name);
    return cells_.at(static_cast<std::size_t>(found - columns_.begin()));
  }
  [[nodiscard]] std::string text(std::string_view name) const { return plain_text(at(name)); }

 private:
  const json& columns_;
  const json& cells_;
};

std::string negated(const std::string& amount) {
  if (amount == "0") return amount;
  return amount.starts_with('-') ? amount.substr(1) : "-" + amount;
}

/// A name that may hold anything but quotes.
std::string commodity(std::string name) {
  std::erase(name, '"');
  return "\"" + name + "\"";
}

/// The rest of a line: a note of the user's must not begin another one.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char byte) { return static_cast<unsigned char>(byte) < 0x20; }, ' ');
  return text;
}

std::string posting(const std::string& account, const std::string& amount) {
  return "    " + account + std::string(account.size() < 30 ? 30 - account.size() : 2, ' ') + "  " + amount + "\n";
}

std::string head(const Row& row, const std::string& what) {
  return row.text("logical_time").substr(0, 10) + " * " + what + "\n";
}

std::string counter_account(const std::string& kind) {
  constexpr std::array<std::string_view, 3> kCapital{"initial", "deposit", "withdrawal"};
  if (std::find(kCapital.begin(), kCapital.end(), kind) != kCapital.end()) return "Equity:Capital";
  return kind == "fee" ? "Expenses:Fees" : "Income:" + kind;
}

}  // namespace

std::string journal_of_trades(const json& columns, const json& rows, std::string_view currency) {
  const std::string money = " " + commodity(std::string(currency));
  std::string text;
  for (const json& cells : rows) {
    const Row row(columns, cells);
    const bool buys = row.text("side") == "buy";
    const std::string quantity = row.text("quantity");
    const std::string notional = row.text("notional");
    const std::string fee = row.text("fee");
    text += head(row, "trade " + row.text("trade_id") + ": " + row.text("side") + " " + quantity + " " +
                          one_line(row.text("symbol")));
    // "@@" gives the whole price: a price for one would have to be rounded.
    text += posting("Assets:Positions", (buys ? quantity : negated(quantity)) + " " + commodity(row.text("symbol")) +
                                            " @@ " + notional + money);
    text += posting("Assets:Cash", (buys ? negated(notional) : notional) + money);
    if (fee != "0") {
      text += posting("Expenses:Fees", fee + money);
      text += posting("Assets:Cash", negated(fee) + money);
    }
    text += "\n";
  }
  return text;
}

std::string journal_of_cash(const json& columns, const json& rows, std::string_view currency) {
  const std::string money = " " + commodity(std::string(currency));
  std::string text;
  for (const json& cells : rows) {
    const Row row(columns, cells);
    if (!row.at("trade_id").is_null()) continue;
    const std::string amount = row.text("amount");
    const std::string kind = row.text("kind");
    const std::string note = one_line(row.text("note"));
    text += head(row, kind + (note.empty() ? "" : ": " + note));
    text += posting("Assets:Cash", amount + money);
    text += posting(counter_account(kind), negated(amount) + money) + "\n";
  }
  return text;
}

std::string journal_of_events(const json& columns, const json& rows, std::string_view /*currency*/) {
  std::string text;
  for (const json& cells : rows) {
    const Row row(columns, cells);
    if (row.text("type") != "CORPORATE_ACTION") continue;
    const json& payload = row.at("payload");
    const auto value = [&](const char* key) { return payload.value(key, std::string()); };
    const std::string change = value("quantity_change");
    if (change.empty() || change == "0") continue;  // a dividend's cash is in the cash ledger
    const std::string how = value("ratio") + value("new_symbol");
    text += head(row, one_line(value("kind") + " of " + value("symbol") + (how.empty() ? "" : ", " + how)));
    text += posting("Assets:Positions", change + " " + commodity(value("symbol")));
    text += posting("Equity:Corporate actions", negated(change) + " " + commodity(value("symbol"))) + "\n";
  }
  return text;
}

}  // namespace tradingd::ctl
