#include "daemon/config/costs.h"

#include <algorithm>
#include <utility>

#include "daemon/config/strategy_words.h"
#include "daemon/engine/fees.h"

namespace tradingd::config {

namespace {

using nlohmann::json;

constexpr int kBasisPointDecimals = 4;  // what a rate of eight decimals can hold
constexpr std::int64_t kTicksMax = 10'000;
constexpr std::size_t kVersionsMax = 1000;

/// The kinds of one part, and the keys that each of them takes.
struct SimpleKind {
  std::string_view kind;
  std::vector<std::string_view> needs;
  std::vector<std::string_view> takes;
};
const std::vector<SimpleKind>& simple_kinds() {
  static const std::vector<SimpleKind> kinds{
      {"none", {}, {}},
      {"fixed", {"amount"}, {}},
      {"bps", {"bps"}, {"minimum"}},
      {"per_share", {"amount"}, {"minimum"}},
      {"tiered", {"tiers"}, {"minimum"}},
  };
  return kinds;
}

/// A rate in basis points, up to half of what it is of.
Ratio read_basis_points(TableReader& table) {
  const auto points = table.decimal("bps", Ratio{0}, Ratio{kBasisPoints / 2 * kScale}, kBasisPointDecimals);
  return points ? Ratio{points->units / kBasisPoints} : Ratio{};
}

std::string basis_points(Ratio rate) { return format_units(Int128{rate.units} * kBasisPoints); }

Money read_money(TableReader& table, std::string_view key) {
  return table.decimal(key, Money{0}, kMoneyMax).value_or(Money{});
}

std::vector<engine::FeeTier> read_tiers(TableReader& table) {
  std::vector<engine::FeeTier> tiers;
  std::vector<TableReader> rows = table.tables("tiers");
  for (TableReader& row : rows) {
    engine::FeeTier tier;
    tier.up_to = row.decimal("up_to", Money{1}, kMoneyMax);
    row.require("bps", "a tier has a rate in basis points");
    tier.rate = read_basis_points(row);
    if (!tiers.empty() && (!tiers.back().up_to || (tier.up_to && *tier.up_to <= *tiers.back().up_to))) {
      row.problem("up_to", "tiers ascend, and only the last one has none");
    }
    tiers.push_back(tier);
    row.finish();
  }
  if (!tiers.empty() && tiers.back().up_to) {
    table.problem("tiers", "the last tier has no up_to: its rate is for all that is above");
  }
  return tiers;
}

/// What is charged, apart from when and under which name.
void read_charge(TableReader& table, engine::FeeComponent& part) {
  part.amount = read_money(table, "amount");
  part.rate = read_basis_points(table);
  part.per_share = table.decimal("per_share", Price{0}, kPriceMax).value_or(Price{});
  part.tiers = read_tiers(table);
  part.minimum = read_money(table, "minimum");
  part.maximum = table.decimal("maximum", Money{0}, kMoneyMax);
  if (part.maximum && *part.maximum < part.minimum) {
    table.problem("maximum", "must not be below minimum");
  }
}

engine::FeeComponent read_component(TableReader& table, const std::vector<engine::FeeComponent>& before) {
  engine::FeeComponent part;
  table.require("name", "write what is charged, such as \"brokerage\"");
  part.name = table.text("name").value_or("");
  const auto place = [&](const std::string& name) {
    return std::find_if(before.begin(), before.end(),
                        [&](const engine::FeeComponent& other) { return other.name == name; });
  };
  if (place(part.name) != before.end()) {
    table.problem("name", show(part.name) + " is there twice");
  }
  part.sides = table.choice<engine::FeeSides>("sides", kFeeSidesWords).value_or(engine::FeeSides::both);
  for (const std::string& other : table.texts("of").value_or(std::vector<std::string>{})) {
    const auto found = place(other);
    if (found == before.end()) {
      table.problem("of", show(other) + " is no component before this one");
    } else {
      part.of.push_back(static_cast<std::size_t>(found - before.begin()));
    }
  }
  read_charge(table, part);
  table.finish();
  return part;
}

engine::FeeVersion read_version(TableReader& table) {
  engine::FeeVersion version;
  table.require("from", "write the date from which it holds");
  version.from = table.date("from").value_or(Date{});
  static_cast<void>(table.text("source"));
  std::vector<TableReader> rows = table.tables("components");
  if (rows.size() > engine::kFeeComponentsMax) {
    table.problem("components", "are more than " + std::to_string(engine::kFeeComponentsMax));
    return version;
  }
  for (TableReader& row : rows) {
    version.components.push_back(read_component(row, version.components));
  }
  table.finish();
  return version;
}

std::vector<engine::FeeVersion> read_versions(TableReader& table) {
  std::vector<engine::FeeVersion> versions;
  std::vector<TableReader> rows = table.tables("versions");
  if (rows.empty() || rows.size() > kVersionsMax) {
    table.problem("versions", "must be a list of 1 to " + std::to_string(kVersionsMax) + " [[fees.versions]]");
    return versions;
  }
  for (TableReader& row : rows) {
    versions.push_back(read_version(row));
    if (versions.size() > 1 && versions.back().from <= versions[versions.size() - 2].from) {
      row.problem("from", "must be after the version before");
    }
  }
  return versions;
}

engine::FeeModel read_simple(TableReader& fees, const SimpleKind& simple) {
  for (const std::string_view key : {"amount", "bps", "tiers", "minimum"}) {
    const bool needed = std::find(simple.needs.begin(), simple.needs.end(), key) != simple.needs.end();
    const bool taken = std::find(simple.takes.begin(), simple.takes.end(), key) != simple.takes.end();
    const std::string kind = "kind = \"" + std::string(simple.kind) + "\"";
    if (needed) {
      fees.require(key, kind + " needs it");
    } else if (!taken) {
      fees.forbid(key, kind + " takes none");
    }
  }
  if (simple.kind == "fixed") {
    return engine::fixed_fee(read_money(fees, "amount"));
  }
  if (simple.kind == "bps") {
    return engine::rate_fee(read_basis_points(fees), read_money(fees, "minimum"));
  }
  if (simple.kind == "per_share") {
    return engine::per_share_fee(fees.decimal("amount", Price{0}, kPriceMax).value_or(Price{}),
                                 read_money(fees, "minimum"));
  }
  if (simple.kind == "tiered") {
    return engine::tiered_fee(read_tiers(fees), read_money(fees, "minimum"));
  }
  return {};
}

/// Tables of the strategy file that stand in for the schedule's components of those names.
void read_changes(TableReader& fees, engine::FeeModel& model) {
  for (const std::string& key : fees.table_keys()) {
    std::optional<TableReader> change = fees.table(key);
    std::vector<std::string_view> names;
    for (engine::FeeVersion& version : model.versions) {
      for (engine::FeeComponent& part : version.components) {
        names.push_back(part.name);
        if (part.name == key) {
          read_charge(*change, part);
        }
      }
    }
    if (std::find(names.begin(), names.end(), key) == names.end()) {
      fees.problem(key, "is no component of this schedule" + suggestion(key, names));
    } else {
      change->finish();
    }
  }
}

json tiers_json(const std::vector<engine::FeeTier>& tiers) {
  json list = json::array();
  for (const engine::FeeTier& tier : tiers) {
    json row{{"bps", basis_points(tier.rate)}};
    if (tier.up_to) {
      row["up_to"] = to_string(*tier.up_to);
    }
    list.push_back(std::move(row));
  }
  return list;
}

json component_json(const engine::FeeComponent& part, const engine::FeeVersion& version) {
  json row{{"name", part.name}};
  if (part.sides != engine::FeeSides::both) {
    row["sides"] = word_for(kFeeSidesWords, part.sides);
  }
  if (!part.amount.is_zero()) {
    row["amount"] = to_string(part.amount);
  }
  if (!part.rate.is_zero()) {
    row["bps"] = basis_points(part.rate);
  }
  if (!part.per_share.is_zero()) {
    row["per_share"] = to_string(part.per_share);
  }
  if (!part.tiers.empty()) {
    row["tiers"] = tiers_json(part.tiers);
  }
  for (const std::size_t other : part.of) {
    row["of"].push_back(version.components[other].name);
  }
  if (!part.minimum.is_zero()) {
    row["minimum"] = to_string(part.minimum);
  }
  if (part.maximum) {
    row["maximum"] = to_string(*part.maximum);
  }
  return row;
}

}  // namespace

engine::FeeModel read_fees(TableReader& fees) {
  const std::vector<std::string_view> shipped = shipped_fee_kinds();
  std::vector<std::string_view> known;
  for (const SimpleKind& simple : simple_kinds()) {
    known.push_back(simple.kind);
  }
  known.insert(known.end(), shipped.begin(), shipped.end());
  fees.require("kind", "write \"none\", \"fixed\", \"bps\", \"per_share\", \"tiered\" or the name of a schedule");
  engine::FeeModel model;
  model.kind = fees.text("kind").value_or("none");
  const auto simple = std::find_if(simple_kinds().begin(), simple_kinds().end(),
                                   [&](const SimpleKind& one) { return one.kind == model.kind; });
  if (simple != simple_kinds().end()) {
    model = read_simple(fees, *simple);
  } else if (fees.has("versions")) {
    model.versions = read_versions(fees);
  } else if (const std::string_view text = shipped_fees(model.kind); !text.empty()) {
    std::vector<Problem> problems;
    const Document document = parse_toml(text, problems);
    TableReader schedule(document, problems);
    model.versions = read_versions(schedule);
    TD_ASSERT(problems.empty());  // a test reads all of them
    read_changes(fees, model);
  } else {
    fees.problem("kind", show(model.kind) + " is not known, and no versions are given" + suggestion(model.kind, known));
    static_cast<void>(fees.keys());
  }
  fees.finish();
  return model;
}

engine::SlippageModel read_slippage(TableReader& slippage) {
  using engine::SlippageKind;
  slippage.require("kind", "write \"none\", \"bps\", \"ticks\" or \"volume_share\"");
  engine::SlippageModel model;
  model.kind = slippage.choice<SlippageKind>("kind", kSlippageWords).value_or(SlippageKind::none);
  const std::string kind = "kind = \"" + std::string(word_for(kSlippageWords, model.kind)) + "\"";
  const auto only_with = [&](std::string_view key, SlippageKind wanted) {
    model.kind == wanted ? slippage.require(key, kind + " needs it") : slippage.forbid(key, kind + " takes none");
  };
  only_with("bps", SlippageKind::basis_points);
  only_with("ticks", SlippageKind::ticks);
  only_with("impact", SlippageKind::volume_share);
  if (model.kind == SlippageKind::basis_points) {
    model.rate = read_basis_points(slippage);
  } else if (model.kind == SlippageKind::ticks) {
    model.ticks = slippage.integer("ticks", 0, kTicksMax).value_or(0);
  } else if (model.kind == SlippageKind::volume_share) {
    model.rate = slippage.decimal("impact", Ratio{0}, Ratio{kScale / 2}).value_or(Ratio{});
  }
  slippage.finish();
  return model;
}

json to_json(const engine::FeeModel& fee) {
  json fees{{"kind", fee.kind}};
  const bool simple = std::any_of(simple_kinds().begin(), simple_kinds().end(),
                                  [&](const SimpleKind& one) { return one.kind == fee.kind; });
  if (!simple) {
    fees["versions"] = json::array();
    for (const engine::FeeVersion& version : fee.versions) {
      json components = json::array();
      for (const engine::FeeComponent& part : version.components) {
        components.push_back(component_json(part, version));
      }
      fees["versions"].push_back({{"from", format_date(version.from)}, {"components", std::move(components)}});
    }
    return fees;
  }
  if (fee.versions.empty()) {
    return fees;
  }
  const engine::FeeComponent& part = fee.versions.front().components.front();
  if (fee.kind == "fixed") {
    fees["amount"] = to_string(part.amount);
  } else if (fee.kind == "bps") {
    fees["bps"] = basis_points(part.rate);
  } else if (fee.kind == "per_share") {
    fees["amount"] = to_string(part.per_share);
  } else {
    fees["tiers"] = tiers_json(part.tiers);
  }
  if (part.minimum.is_positive()) {
    fees["minimum"] = to_string(part.minimum);
  }
  return fees;
}

json to_json(const engine::SlippageModel& model) {
  json slippage{{"kind", word_for(kSlippageWords, model.kind)}};
  if (model.kind == engine::SlippageKind::basis_points) {
    slippage["bps"] = basis_points(model.rate);
  } else if (model.kind == engine::SlippageKind::ticks) {
    slippage["ticks"] = model.ticks;
  } else if (model.kind == engine::SlippageKind::volume_share) {
    slippage["impact"] = to_string(model.rate);
  }
  return slippage;
}

}  // namespace tradingd::config
