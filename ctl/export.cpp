#include "ctl/export.h"

#include <array>
#include <string>

#include "ctl/journal.h"
#include "ctl/ledger_files.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;

constexpr std::int64_t kPageRows = 1'000;
constexpr const char* kJournal = "run.journal";

struct Table {
  const char* method;
  const char* name;
  std::string (*journal)(const json& columns, const json& rows, std::string_view currency);
};
constexpr std::array kTables{
    Table{"order.list", "orders", nullptr},           Table{"trade.list", "trades", journal_of_trades},
    Table{"position.list", "positions", nullptr},     Table{"cash.list", "cash", journal_of_cash},
    Table{"event.list", "events", journal_of_events}, Table{"equity.list", "equity", nullptr},
};

}  // namespace

std::optional<CallFailure> export_run(Client& client, const json& arguments, const json& options) {
  // A run may go on meanwhile: it is named once, so that all files are of the same one.
  Answer shown = client.call("run.show", arguments);
  if (auto* failure = std::get_if<CallFailure>(&shown)) return std::move(*failure);
  const std::string run = std::get<json>(shown).at("run_id").dump();
  const std::string folder = options.value("directory", "run-" + run);
  const std::string currency = options.value("currency", "USD");
  LedgerFiles files(folder);
  files.append(kJournal,
               "; run " + run + " of " + std::get<json>(shown).value("user_name", "") + ", by tradectl run export\n\n");
  for (const Table& table : kTables) {
    json page = arguments;
    page["run"] = std::get<json>(shown).at("run_id");
    page["limit"] = kPageRows;
    for (bool more = true; more && !files.failed();) {
      Answer answer = client.call(table.method, page);
      if (auto* failure = std::get_if<CallFailure>(&answer)) return std::move(*failure);
      const json& list = std::get<json>(answer);
      files.add(table.name, list.at("columns"), list.at("rows"));
      if (table.journal != nullptr) {
        files.append(kJournal, table.journal(list.at("columns"), list.at("rows"), currency));
      }
      more = !list.at("next").is_null();
      page["after"] = list.at("next");
    }
  }
  if (const auto error = files.finish()) return CallFailure{kRefused, error->message};
  std::fprintf(stderr, "written to %s\n", folder.c_str());
  return std::nullopt;
}

}  // namespace tradingd::ctl
