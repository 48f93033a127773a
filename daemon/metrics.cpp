#include "daemon/metrics.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "daemon/base/assert.h"

namespace tradingd {

namespace {

using nlohmann::json;
using Labels = std::vector<std::pair<std::string_view, std::string>>;

class Text {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = "tradingd_" + std::string(name);
    text_ += "# HELP " + name_ + " " + std::string(help) + "\n# TYPE " + name_ + " " + std::string(type) + "\n";
  }
  void sample(const std::string& value, const Labels& labels = {}, std::string_view suffix = {}) {
    text_ += name_;
    text_ += suffix;
    for (const auto& [key, text] : labels) {
      text_ += (&key == &labels.front().first ? "{" : ",") + std::string(key) + "=\"" + escaped(text) + "\"";
    }
    text_ += labels.empty() ? " " : "} ";
    text_ += value + "\n";
  }
  void sample(std::int64_t value, const Labels& labels = {}, std::string_view suffix = {}) {
    sample(std::to_string(value), labels, suffix);
  }
  void single(std::string_view name, std::string_view type, std::string_view help, std::int64_t value) {
    family(name, type, help);
    sample(value);
  }
  void histogram(std::string_view name, std::string_view help, const Histogram& histogram);
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  static std::string escaped(const std::string& text) {
    std::string result;
    for (const char byte : text) {
      result += byte == '\\' ? "\\\\" : byte == '"' ? "\\\"" : byte == '\n' ? "\\n" : std::string(1, byte);
    }
    return result;
  }

  std::string name_;
  std::string text_;
};

/// Microseconds as seconds, in decimal.
std::string seconds(std::int64_t us) {
  std::string fraction = std::to_string(1'000'000 + us % 1'000'000).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return std::to_string(us / 1'000'000) + (fraction.empty() ? "" : "." + fraction);
}

void Text::histogram(std::string_view name, std::string_view help, const Histogram& histogram) {
  family(name, "histogram", help);
  std::int64_t below = 0;
  for (std::size_t i = 0; i < Histogram::kBoundsUs.size(); ++i) {
    below += histogram.count(i);
    sample(below, {{"le", seconds(Histogram::kBoundsUs.at(i))}}, "_bucket");
  }
  below += histogram.count(Histogram::kBoundsUs.size());
  sample(below, {{"le", "+Inf"}}, "_bucket");
  sample(seconds(histogram.sum_us()), {}, "_sum");
  sample(below, {}, "_count");
}

void add_socket(Text& text, const MetricsInput& input) {
  const auto count = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  text.single("connections", "gauge", "Open connections", count(input.connections));
  text.single("connections_total", "counter", "Connections served", count(input.socket.connections));
  text.single("connections_refused_total", "counter", "Connections over a limit or without an identity",
              count(input.socket.refused));
  text.single("requests_total", "counter", "Requests read", count(input.socket.requests));
  text.family("connections_closed_total", "counter", "Connections closed for what the client did");
  text.sample(count(input.socket.malformed), {{"reason", "malformed"}});
  text.sample(count(input.socket.timeouts), {{"reason", "timeout"}});
  text.sample(count(input.socket.overflows), {{"reason", "unread_answers"}});
  text.single("subscriptions", "gauge", "Subscriptions under way", count(input.subscriptions));
}

void add_runs(Text& text, const MetricsInput& input) {
  const sequencer::SequencerStats& stats = *input.sequencer;
  text.single("runs_running", "gauge", "Runs in memory", stats.runs);
  text.single("runs_failed_total", "counter", "Runs that went to ERROR", stats.failed_runs);
  text.single("inputs_total", "counter", "Inputs applied to runs: ticks and commands", stats.steps);
  text.single("batches_total", "counter", "Transactions committed", stats.batches);
  text.single("queued", "gauge", "Commands and ticks that wait for a pipeline",
              static_cast<std::int64_t>(stats.queued));
  text.single("database_available", "gauge", "1 while the database takes rows", stats.ledger_available ? 1 : 0);
  text.single("feeds_moving", "gauge", "Feeds that move by themselves", static_cast<std::int64_t>(input.feeds_moving));
}

void add_activity(Text& text, const LedgerActivity& activity) {
  text.histogram("commit_seconds", "Duration of the transactions that write runs' rows", activity.commits);
  text.single("trades_total", "counter", "Trades committed", activity.trades);
  text.single("order_changes_total", "counter", "Orders placed or changed", activity.orders);
  text.family("orders_rejected_total", "counter", "Orders rejected, by reason");
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    if (const std::int64_t count = activity.rejected.at(i); count > 0) {
      text.sample(count, {{"reason", std::string(engine::code(static_cast<engine::Reason>(i)))}});
    }
  }
}

void add_feeds(Text& text, const store::Page& feeds) {
  const auto cell = [&](const json& row, std::string_view name) -> const json& {
    const auto found = std::find(feeds.columns.begin(), feeds.columns.end(), name);
    TD_ASSERT(found != feeds.columns.end());
    return row.at(static_cast<std::size_t>(found - feeds.columns.begin()));
  };
  const auto name_of = [&](const json& row) { return cell(row, "name").get<std::string>(); };
  text.family("feed_rows_total", "counter", "Rows of feeds, by what became of them");
  for (const json& row : feeds.rows) {
    text.sample(cell(row, "rows_accepted").get<std::int64_t>(), {{"feed", name_of(row)}, {"result", "accepted"}});
    text.sample(cell(row, "rows_duplicate").get<std::int64_t>(), {{"feed", name_of(row)}, {"result", "duplicate"}});
    text.sample(cell(row, "rows_quarantined").get<std::int64_t>(), {{"feed", name_of(row)}, {"result", "quarantined"}});
    for (const auto& [reason, count] : cell(row, "rows_rejected").items()) {
      text.sample(count.get<std::int64_t>(), {{"feed", name_of(row)}, {"result", reason}});
    }
  }
  text.family("feed_ticks_total", "counter", "Ticks of feeds");
  for (const json& row : feeds.rows) {
    text.sample(cell(row, "ticks").get<std::int64_t>(), {{"feed", name_of(row)}});
  }
  text.family("feed_last_tick_timestamp_seconds", "gauge", "Logical time of a feed's last tick");
  for (const json& row : feeds.rows) {
    if (const json& time = cell(row, "last_logical_time"); time.is_string()) {
      text.sample(parse_time(time.get<std::string>()).value().us / 1'000'000, {{"feed", name_of(row)}});
    }
  }
  text.family("feed_status", "gauge", "1 for the status that a feed has");
  for (const json& row : feeds.rows) {
    text.sample(1, {{"feed", name_of(row)}, {"status", cell(row, "status").get<std::string>()}});
  }
}

}  // namespace

std::string render_metrics(const MetricsInput& input) {
  Text text;
  text.family("info", "gauge", "1, with the version");
  text.sample(1, {{"version", TD_VERSION}});
  text.single("serving", "gauge", "1 while commands are served; 0 while starting or waiting for the database",
              input.serving ? 1 : 0);
  text.single("uptime_seconds", "gauge", "Since the start", input.uptime_s);
  add_socket(text, input);
  if (input.sequencer) {
    add_runs(text, input);
  }
  if (input.activity != nullptr) {
    add_activity(text, *input.activity);
  }
  if (input.ticks != nullptr) {
    text.histogram("tick_seconds", "From the storing of a tick to its commit by the last run: the lag", *input.ticks);
  }
  if (input.feeds) {
    add_feeds(text, *input.feeds);
  }
  return text.take();
}

}  // namespace tradingd
