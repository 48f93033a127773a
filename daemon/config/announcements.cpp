#include "daemon/config/announcements.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "daemon/config/reader.h"
#include "daemon/engine/symbol.h"

namespace tradingd::config {

namespace {

using engine::ActionKind;

constexpr std::array<Choice<ActionKind>, 3> kKinds{{
    {"split", ActionKind::split},
    {"dividend", ActionKind::dividend},
    {"symbol_change", ActionKind::symbol_change},
}};

std::optional<std::int64_t> ratio_part(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && value >= 1 && value <= engine::kSplitRatioMax ? std::optional(value) : std::nullopt;
}

void read_ratio(TableReader& table, engine::CorporateAction& action) {
  const std::string text = table.text("ratio").value_or("");
  const std::size_t colon = text.find(':');
  const auto numerator = ratio_part(std::string_view(text).substr(0, colon));
  const auto denominator =
      colon == std::string::npos ? std::nullopt : ratio_part(std::string_view(text).substr(colon + 1));
  if (!numerator || !denominator) {
    if (table.has("ratio")) {
      table.problem("ratio", show(text) +
                                 " must be new shares for old ones, such as \"4:1\", or \"1:10\" for a reverse "
                                 "split; up to " +
                                 std::to_string(engine::kSplitRatioMax));
    }
    return;
  }
  action.numerator = *numerator;
  action.denominator = *denominator;
}

std::string read_symbol(TableReader& table, std::string_view key) {
  const std::string symbol = table.text(key).value_or("");
  if (table.has(key) && !engine::is_symbol(symbol)) {
    table.problem(key, "is not a symbol; it needs " + std::string(engine::kSymbolRule));
  }
  return symbol;
}

engine::AnnouncedAction read_action(TableReader& table) {
  engine::AnnouncedAction read;
  table.require("ex_date", "write the first day without the old right, such as 2020-08-31");
  table.require("symbol", "write whose action it is");
  table.require("kind", "write \"split\", \"dividend\" or \"symbol_change\"");
  read.ex_date = table.date("ex_date").value_or(Date{});
  read.symbol = read_symbol(table, "symbol");
  const std::optional<ActionKind> kind = table.choice<ActionKind>("kind", kKinds);
  read.action.kind = kind.value_or(ActionKind::split);
  constexpr std::array<std::pair<std::string_view, ActionKind>, 3> kKeys{{
      {"ratio", ActionKind::split},
      {"amount", ActionKind::dividend},
      {"new_symbol", ActionKind::symbol_change},
  }};
  for (const auto& [key, wanted] : kKeys) {
    if (kind && *kind == wanted) {
      table.require(key, "a " + std::string(to_text(wanted)) + " needs it");
    } else if (kind) {
      table.forbid(key, "it belongs to a " + std::string(to_text(wanted)));
    }
  }
  read_ratio(table, read.action);
  read.action.amount = table.decimal("amount", Price{1}, kPriceMax).value_or(Price{});
  read.new_symbol = read_symbol(table, "new_symbol");
  if (!read.new_symbol.empty() && read.new_symbol == read.symbol) {
    table.problem("new_symbol", "is the old one");
  }
  return read;
}

}  // namespace

Result<std::vector<engine::AnnouncedAction>> parse_actions(std::string_view text, std::string_view name) {
  std::vector<Problem> problems;
  const Document document = name.ends_with(".csv") ? parse_csv(text, "action", problems) : parse_toml(text, problems);
  std::vector<engine::AnnouncedAction> actions;
  if (problems.empty()) {
    TableReader root(document, problems);
    std::vector<TableReader> tables = root.tables("action");
    for (TableReader& table : tables) {
      actions.push_back(read_action(table));
      table.finish();
      const engine::AnnouncedAction& last = actions.back();
      const bool twice = std::any_of(actions.begin(), actions.end() - 1, [&](const engine::AnnouncedAction& other) {
        return other.symbol == last.symbol && other.ex_date == last.ex_date && other.action.kind == last.action.kind;
      });
      if (twice) {
        table.problem("kind", "is there twice for " + last.symbol + " on " + format_date(last.ex_date));
      }
    }
    root.finish();
  }
  if (!problems.empty()) {
    return Error{describe(problems, name)};
  }
  std::stable_sort(
      actions.begin(), actions.end(),
      [](const engine::AnnouncedAction& a, const engine::AnnouncedAction& b) { return a.ex_date < b.ex_date; });
  for (std::size_t i = 0; i < actions.size(); ++i) {
    actions[i].action.id = static_cast<std::int64_t>(i) + 1;
  }
  return actions;
}

Result<engine::AnnouncedAction> action_of(const nlohmann::json& arguments) {
  Document document;
  document.values = arguments;
  std::vector<Problem> problems;
  TableReader table(document, problems);
  engine::AnnouncedAction action = read_action(table);
  if (!problems.empty()) {
    return Error{problems.front().key + " " + problems.front().message};
  }
  return action;
}

}  // namespace tradingd::config
