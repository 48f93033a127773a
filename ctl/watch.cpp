#include "ctl/watch.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <span>
#include <thread>

#include "ctl/table.h"
#include "ctl/terminal.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;

constexpr std::chrono::seconds kReconnectPause{1};

/// What people are shown of a topic, with room for what is to come.
struct ShownColumn {
  std::string_view name;
  std::size_t width;
};
constexpr std::array kEvents{ShownColumn{"seq", 5}, ShownColumn{"logical_time", 20}, ShownColumn{"type", 21},
                             ShownColumn{"key", 12}, ShownColumn{"payload", 20}};
constexpr std::array kOrders{ShownColumn{"updated_at", 20}, ShownColumn{"order_id", 8},     ShownColumn{"symbol", 6},
                             ShownColumn{"side", 4},        ShownColumn{"type", 6},         ShownColumn{"quantity", 12},
                             ShownColumn{"filled", 12},     ShownColumn{"limit_price", 11}, ShownColumn{"status", 16},
                             ShownColumn{"reason", 10}};
constexpr std::array kTrades{ShownColumn{"logical_time", 20}, ShownColumn{"trade_id", 8},  ShownColumn{"order_id", 8},
                             ShownColumn{"symbol", 6},        ShownColumn{"side", 4},      ShownColumn{"quantity", 12},
                             ShownColumn{"price", 12},        ShownColumn{"notional", 14}, ShownColumn{"fee", 8},
                             ShownColumn{"realized_pnl", 14}};
constexpr std::array kEquity{ShownColumn{"logical_time", 20}, ShownColumn{"cash", 16}, ShownColumn{"mtm", 16},
                             ShownColumn{"equity", 16}};

std::span<const ShownColumn> shown_columns(std::string_view topic) {
  if (topic == "orders") return kOrders;
  if (topic == "trades") return kTrades;
  return topic == "equity" ? std::span<const ShownColumn>(kEquity) : kEvents;
}

/// Rows on the output, whatever their form.
class StreamPrinter {
 public:
  StreamPrinter(Format format, std::string topic, const Terminal& terminal, Sink& output)
      : format_(format), topic_(std::move(topic)), output_(output), table_("", false, terminal) {
    for (const ShownColumn& column : shown_columns(topic_)) table_.reserve(column.name, column.width);
    if (format_ == Format::csv) csv_ = make_list_printer(format_, "watch", true, terminal, output);
  }

  bool print(const json& columns, const json& rows) {
    if (format_ == Format::csv) return csv_->page(columns, rows);
    return output_.write(format_ == Format::json ? lines(columns, rows) : table_lines(columns, rows));
  }

 private:
  /// JSON, an object a line, each with a newline at its end.
  static std::string lines(const json& columns, const json& rows) {
    std::string text;
    for (const json& row : rows) {
      nlohmann::ordered_json object = nlohmann::ordered_json::object();
      for (std::size_t i = 0; i < columns.size(); ++i) object[columns.at(i).get<std::string>()] = row.at(i);
      text += object.dump() + "\n";
    }
    return text;
  }

  std::string table_lines(const json& columns, const json& rows) {
    json names = json::array();
    std::vector<std::size_t> places;
    for (const ShownColumn& column : shown_columns(topic_)) {
      const auto found = std::find(columns.begin(), columns.end(), column.name);
      if (found == columns.end()) continue;
      names.push_back(column.name);
      places.push_back(static_cast<std::size_t>(found - columns.begin()));
    }
    json cells = json::array();
    for (const json& row : rows) {
      json line = json::array();
      for (const std::size_t place : places) line.push_back(row.at(place));
      cells.push_back(std::move(line));
    }
    return table_.render(names, cells);
  }

  Format format_;
  std::string topic_;
  Sink& output_;
  Table table_;
  std::unique_ptr<ListPrinter> csv_;
};

enum class Ended { finished, lost };

/// Prints what comes on the connection until it ends; keeps the place in `arguments`.
Ended follow(Client& client, const json& columns, StreamPrinter& printer, json& arguments) {
  while (const auto notice = client.listen()) {
    if (notice->method == "watch.rows") {
      if (!printer.print(columns, notice->arguments.at("rows"))) return Ended::finished;
      arguments["after"] = notice->arguments.at("next");
    } else if (notice->method == "watch.end") {
      const json reason = notice->arguments.value("reason", json());
      std::fprintf(stderr, "The run is %s%s%s.\n", notice->arguments.value("status", "over").c_str(),
                   reason.is_string() ? ": " : "",
                   reason.is_string() ? printable(reason.get<std::string>()).c_str() : "");
      return Ended::finished;
    } else if (notice->method == "error") {
      std::fprintf(stderr, "tradectl: %s\n", printable(notice->arguments.value("message", "")).c_str());
    }
  }
  return Ended::lost;
}

}  // namespace

std::optional<CallFailure> watch(Client& client, json arguments, Format format, const Terminal& terminal,
                                 Sink& output) {
  std::optional<StreamPrinter> printer;
  bool told = false;
  for (;;) {
    Answer answer = client.call("watch", arguments);
    if (auto* failure = std::get_if<CallFailure>(&answer)) {
      // Whoever has seen the stream wants the rest of it; a daemon that restarts comes back.
      if (!printer || failure->exit_status != kUnreachable) return std::move(*failure);
      if (!std::exchange(told, true)) std::fprintf(stderr, "tradectl: %s\nWaiting for it.\n", failure->message.c_str());
      std::this_thread::sleep_for(kReconnectPause);
      continue;
    }
    const json& answered = std::get<json>(answer);
    const json columns = answered.at("columns");
    arguments["run"] = answered.at("run_id");
    if (!answered.at("next").is_null()) arguments["after"] = answered.at("next");
    if (answered.at("next").is_null()) arguments["from_start"] = true;  // there was nothing yet
    if (!printer) printer.emplace(format, answered.value("topic", ""), terminal, output);
    told = false;
    if (follow(client, columns, *printer, arguments) == Ended::finished) return std::nullopt;
  }
}

}  // namespace tradingd::ctl
