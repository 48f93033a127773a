#include "ctl/watch.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <set>
#include <span>
#include <thread>
#include <utility>

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

/// Which of them a row is of, as its first columns; only what differs is shown to people.
struct Lead {
  bool run = false;
  bool topic = false;
};

/// The rows of one topic on the output, whatever their form.
class StreamPrinter {
 public:
  StreamPrinter(Format format, std::string topic, Lead lead, json columns, const Terminal& terminal, Sink& output)
      : format_(format),
        topic_(std::move(topic)),
        lead_(lead),
        columns_(std::move(columns)),
        output_(output),
        table_("", false, terminal) {
    for (const ShownColumn& column : shown_columns(topic_)) table_.reserve(column.name, column.width);
    if (format_ == Format::csv) csv_ = make_list_printer(format_, "watch", true, terminal, output);
  }

  bool print(const json& run, const json& rows) {
    if (format_ == Format::csv) return csv_->page(with_lead(columns_), led(run, rows));
    return output_.write(format_ == Format::json ? lines(run, rows) : table_lines(run, rows));
  }

 private:
  /// JSON, an object a line, each with a newline at its end.
  std::string lines(const json& run, const json& rows) const {
    std::string text;
    for (const json& row : rows) {
      nlohmann::ordered_json object = {{"run_id", run}, {"topic", topic_}};
      for (std::size_t i = 0; i < columns_.size(); ++i) object[columns_.at(i).get<std::string>()] = row.at(i);
      text += object.dump() + "\n";
    }
    return text;
  }

  [[nodiscard]] json with_lead(const json& names) const {
    json all = json::array();
    if (lead_.run) all.push_back(format_ == Format::csv ? "run_id" : "run");
    if (lead_.topic) all.push_back("topic");
    all.insert(all.end(), names.begin(), names.end());
    return all;
  }

  [[nodiscard]] json led(const json& run, const json& rows) const {
    if (!lead_.run && !lead_.topic) return rows;
    json all = json::array();
    for (const json& row : rows) {
      json line = json::array();
      if (lead_.run) line.push_back(run);
      if (lead_.topic) line.push_back(topic_);
      line.insert(line.end(), row.begin(), row.end());
      all.push_back(std::move(line));
    }
    return all;
  }

  std::string table_lines(const json& run, const json& rows) {
    json names = json::array();
    std::vector<std::size_t> places;
    for (const ShownColumn& column : shown_columns(topic_)) {
      const auto found = std::find(columns_.begin(), columns_.end(), column.name);
      if (found == columns_.end()) continue;
      names.push_back(column.name);
      places.push_back(static_cast<std::size_t>(found - columns_.begin()));
    }
    json cells = json::array();
    for (const json& row : rows) {
      json line = json::array();
      for (const std::size_t place : places) line.push_back(row.at(place));
      cells.push_back(std::move(line));
    }
    return table_.render(with_lead(names), led(run, cells));
  }

  Format format_;
  std::string topic_;
  Lead lead_;
  json columns_;
  Sink& output_;
  Table table_;
  std::unique_ptr<ListPrinter> csv_;
};

/// One subscription, through all its connections.
struct Followed {
  json arguments;  // of the next `watch`: they keep its place
  bool over = false;
};

enum class Ended { finished, lost };

/// Everything that is followed.
class Watch {
 public:
  Watch(Client& client, const std::vector<json>& wanted, Format format, const Terminal& terminal, Sink& output)
      : client_(client), format_(format), terminal_(terminal), output_(output) {
    std::set<std::string> topics;
    for (const json& arguments : wanted) {
      followed_.push_back({arguments});
      topics.insert(arguments.value("topic", ""));
    }
    lead_ = {.run = wanted.size() > topics.size(), .topic = topics.size() > 1};
  }

  std::optional<CallFailure> run() {
    for (bool first = true, told = false;; first = false) {
      client_.hang_up();
      const std::uint64_t connections = client_.connections();
      if (auto failure = subscribe()) {
        // Whoever has seen the stream wants the rest of it; a daemon that restarts comes back.
        if (first || failure->exit_status != kUnreachable) return failure;
        if (!std::exchange(told, true))
          std::fprintf(stderr, "tradectl: %s\nWaiting for it.\n", failure->message.c_str());
        std::this_thread::sleep_for(kReconnectPause);
        continue;
      }
      told = false;
      // A second connection has only those of the subscriptions that were made since the first one was lost.
      const bool whole = client_.connections() == connections + 1;
      if (whole && follow() == Ended::finished) return std::nullopt;
    }
  }

 private:
  std::optional<CallFailure> subscribe() {
    for (Followed& one : followed_) {
      if (one.over) continue;
      Answer answer = client_.call("watch", one.arguments);
      if (auto* failure = std::get_if<CallFailure>(&answer)) return std::move(*failure);
      const json& answered = std::get<json>(answer);
      one.arguments["run"] = answered.at("run_id");
      one.arguments["topic"] = answered.at("topic");
      if (answered.at("next").is_null()) {
        one.arguments["from_start"] = true;  // there was nothing yet
      } else {
        one.arguments["after"] = answered.at("next");
      }
      const auto topic = answered.at("topic").get<std::string>();
      printers_.try_emplace(topic, format_, topic, lead_, answered.at("columns"), terminal_, output_);
    }
    return std::nullopt;
  }

  Followed* find(const json& notice) {
    const auto found = std::find_if(followed_.begin(), followed_.end(), [&](const Followed& one) {
      return one.arguments.at("run") == notice.at("run_id") && one.arguments.at("topic") == notice.at("topic");
    });
    return found == followed_.end() ? nullptr : &*found;
  }

  /// Prints what comes on the connection until it ends, or all that is followed does.
  Ended follow() {
    while (const auto notice = client_.listen()) {
      if (notice->method == "error") {
        std::fprintf(stderr, "tradectl: %s\n", printable(notice->arguments.value("message", "")).c_str());
        continue;
      }
      Followed* one = find(notice->arguments);
      if (one == nullptr) continue;
      if (notice->method == "watch.rows") {
        StreamPrinter& printer = printers_.at(one->arguments.at("topic").get<std::string>());
        if (!printer.print(notice->arguments.at("run_id"), notice->arguments.at("rows"))) return Ended::finished;
        one->arguments["after"] = notice->arguments.at("next");
      } else if (notice->method == "watch.end" && end(*one, notice->arguments)) {
        return Ended::finished;
      }
    }
    return Ended::lost;
  }

  /// Whether that was the last one.
  bool end(Followed& one, const json& notice) {
    one.over = true;
    const auto left = [&](auto&& of) {
      return std::any_of(followed_.begin(), followed_.end(),
                         [&](const Followed& other) { return !other.over && of(other); });
    };
    if (!left([&](const Followed& other) { return other.arguments.at("run") == one.arguments.at("run"); })) {
      const json reason = notice.value("reason", json());
      const std::string run = lead_.run ? "Run " + one.arguments.at("run").dump() : "The run";
      std::fprintf(stderr, "%s is %s%s%s.\n", run.c_str(), notice.value("status", "over").c_str(),
                   reason.is_string() ? ": " : "",
                   reason.is_string() ? printable(reason.get<std::string>()).c_str() : "");
    }
    return !left([](const Followed&) { return true; });
  }

  Client& client_;
  Format format_;
  const Terminal& terminal_;
  Sink& output_;
  Lead lead_;
  std::vector<Followed> followed_;
  std::map<std::string, StreamPrinter> printers_;  // by topic
};

}  // namespace

std::optional<CallFailure> watch(Client& client, const std::vector<json>& wanted, Format format,
                                 const Terminal& terminal, Sink& output) {
  return Watch(client, wanted, format, terminal, output).run();
}

}  // namespace tradingd::ctl
