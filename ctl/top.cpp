#include "ctl/top.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>

#include "ctl/output.h"
#include "ctl/sorted_rows.h"
#include "ctl/table.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;

constexpr int kIntervalMs = 1'000;
constexpr std::int64_t kRunsRead = 1'000;
constexpr const char* kColumns[] = {"run_id",   "user_name",      "name",         "status",
                                    "strategy", "feed",           "cash",         "market_value",
                                    "equity",   "unrealized_pnl", "realized_pnl", "last_logical_time"};

volatile std::sig_atomic_t ended = 0;
volatile std::sig_atomic_t resized = 0;

/// The terminal as a screen of keys and lines, from construction to destruction.
class Screen {
 public:
  Screen() {
    known_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    if (known_) static_cast<void>(::tcsetattr(STDIN_FILENO, TCSANOW, &raw));
    write("\x1b[?1049h\x1b[?25l");  // the other screen, without a cursor
    struct sigaction action {};
    action.sa_handler = [](int signal) { (signal == SIGWINCH ? resized : ended) = 1; };
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) ::sigaction(signal, &action, nullptr);
  }
  ~Screen() {
    write("\x1b[?25h\x1b[?1049l");
    if (known_) static_cast<void>(::tcsetattr(STDIN_FILENO, TCSANOW, &before_));
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  void show(const std::string& lines) { write("\x1b[H" + lines + "\x1b[J"); }

  /// Waits for the next look; false: the user has had enough.
  static bool wait() {
    pollfd key{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&key, 1, kIntervalMs);
    if (ended != 0 || (ready < 0 && errno != EINTR)) return false;
    if (ready <= 0) return true;
    char byte = 0;
    return ::read(STDIN_FILENO, &byte, 1) == 1 && byte != 'q' && byte != 'Q' && byte != '\x03' && byte != '\x04';
  }

 private:
  void write(std::string_view text) { output_.write(text); }

  termios before_{};
  bool known_ = false;
  StandardOutput output_;
};

/// The value of a sample; 0 where there is none.
double sample(std::string_view metrics, const std::string& name) {
  const std::size_t line = metrics.find("\n" + name + " ");
  if (line == std::string_view::npos) return 0;
  const char* begin = metrics.data() + line + name.size() + 2;
  double value = 0;
  std::from_chars(begin, metrics.data() + metrics.size(), value);
  return value;
}

/// By how much a counter has grown in a second.
double rate(const TopView& view, const std::string& name) {
  if (view.earlier_metrics.empty() || view.seconds <= 0) return 0;
  return std::max(0.0, sample(view.metrics, name) - sample(view.earlier_metrics, name)) / view.seconds;
}

/// The mean of what a histogram has seen since the look before, in milliseconds; nothing: it has seen nothing.
std::string mean_ms(const TopView& view, const std::string& name) {
  const double count = rate(view, name + "_count");
  if (count <= 0) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", 1000 * rate(view, name + "_sum") / count);
  return text;
}

std::string per_second(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value < 10 ? "%.1f/s" : "%.0f/s", value);
  return text;
}

std::string head_lines(const TopView& view, const Terminal& terminal) {
  const json& status = view.status;
  const json database = status.value("database", json::object());
  const json runs = status.value("runs", json::object());
  const auto number = [](const json& map, const char* key) { return map.contains(key) ? map.at(key).dump() : "-"; };
  std::string lines = "tradingd " + status.value("version", "") + "  " + printable(status.value("state", "")) +
                      "  up " + number(status, "uptime_s") + " s  connections " + number(status, "connections") + "\n";
  lines += "runs " + number(runs, "running") + "  failed " + number(runs, "failed") + "  feeds moving " +
           number(status, "feeds_moving") + "  queued " + number(status, "queued") + "\n";
  lines += "inputs " + per_second(rate(view, "tradingd_inputs_total")) + "  ticks " +
           per_second(rate(view, "tradingd_tick_seconds_count")) + "  trades " +
           per_second(rate(view, "tradingd_trades_total")) + "  lag " + mean_ms(view, "tradingd_tick_seconds") +
           "  database " + (database.value("available", false) ? mean_ms(view, "tradingd_commit_seconds") : "LOST") +
           "\n";
  std::string cut_lines;
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = lines.find('\n', begin);
    cut_lines += cut(lines.substr(begin, end - begin), static_cast<std::size_t>(terminal.width)) + "\x1b[K\n";
    begin = end + 1;
  }
  return cut_lines + "\x1b[K\n";
}

/// The columns that are shown, the run that has gained most first.
std::string run_lines(const TopView& view, const Terminal& terminal, std::size_t lines_max) {
  json names = json::array();
  std::vector<std::size_t> places;
  for (const char* name : kColumns) {
    const auto found = std::find(view.columns.begin(), view.columns.end(), name);
    if (found == view.columns.end()) continue;
    names.push_back(name);
    places.push_back(static_cast<std::size_t>(found - view.columns.begin()));
  }
  json rows = json::array();
  for (const json& row : view.rows) {
    if (rows.size() + 1 >= lines_max) break;
    json cells = json::array();
    for (const std::size_t place : places) cells.push_back(row.at(place));
    rows.push_back(std::move(cells));
  }
  if (rows.empty()) return "no run is RUNNING\x1b[K";
  Terminal plain = terminal;
  plain.color = false;  // lines are cut below, and that must not hit a colour's end
  const std::string table = Table("run.list", false, plain).render(names, rows);
  std::string lines;
  for (std::size_t begin = 0; begin < table.size();) {
    const std::size_t end = table.find('\n', begin);
    std::string line = cut(table.substr(begin, end - begin), static_cast<std::size_t>(terminal.width));
    if (begin == 0) line = paint(terminal, Color::bold, line);
    lines += line + "\x1b[K" + (end + 1 < table.size() ? "\n" : "");
    begin = end + 1;
  }
  return lines;
}

/// Calls without arguments but whom it is for.
std::optional<CallFailure> look(Client& client, const json& arguments, TopView& view) {
  view.earlier_metrics = std::move(view.metrics);
  json filter = arguments;
  filter["status"] = "RUNNING";
  filter["limit"] = kRunsRead;
  Answer status = client.call("status", json::object());
  Answer metrics = client.call("metrics", json::object());
  Answer runs = client.call("run.list", filter);
  for (Answer* answer : {&status, &metrics, &runs}) {
    if (auto* failure = std::get_if<CallFailure>(answer)) return std::move(*failure);
  }
  view.status = std::move(std::get<json>(status));
  view.metrics = "\n" + std::get<json>(metrics).value("text", "");
  view.columns = std::get<json>(runs).at("columns");
  view.rows = std::get<json>(runs).at("rows");
  return std::nullopt;
}

}  // namespace

std::string render_top(const TopView& view, const Terminal& terminal) {
  constexpr std::size_t kHeadLines = 4;
  const auto height = static_cast<std::size_t>(std::max(terminal.height, static_cast<int>(kHeadLines) + 3));
  return head_lines(view, terminal) + run_lines(view, terminal, height - kHeadLines - 1) + "\n\x1b[K" +
         paint(terminal, Color::dim, "q quits");
}

int top(Client& client, const json& arguments, const Terminal& first) {
  if (!first.interactive || ::isatty(STDIN_FILENO) != 1) {
    std::fprintf(stderr,
                 "tradectl: top needs a terminal; for programs there is: tradectl --json status, tradectl metrics\n");
    return kUsage;
  }
  std::optional<CallFailure> failure;
  {
    Screen screen;
    TopView view;
    Terminal terminal = first;
    auto before = std::chrono::steady_clock::now();
    do {
      if (resized != 0) {
        resized = 0;
        winsize size{};
        if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
          terminal.width = size.ws_col;
          terminal.height = size.ws_row;
        }
      }
      const auto now = std::chrono::steady_clock::now();
      view.seconds = std::chrono::duration<double>(now - before).count();
      before = now;
      failure = look(client, arguments, view);
      if (!failure) screen.show(render_top(view, terminal));
    } while (!failure && Screen::wait());
  }
  if (!failure) return kDone;
  std::fprintf(stderr, "tradectl: %s\n", failure->message.c_str());
  return failure->exit_status;
}

}  // namespace tradingd::ctl
