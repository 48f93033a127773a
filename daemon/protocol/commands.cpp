#include "daemon/protocol/commands.h"

#include <algorithm>
#include <array>

namespace tradingd::protocol {

namespace {

using enum ArgumentType;
using enum ResultShape;

constexpr ArgumentSpec kRun{"run", integer, false, true, "", "the run; your RUNNING one if not given"};
constexpr ArgumentSpec kRunOption{"run", integer, false, false, "", "the run; your RUNNING one if not given"};
constexpr ArgumentSpec kFeedName{"name", string, true, true, "", "the feed's name"};

constexpr std::array kUserAdd{
    ArgumentSpec{"name", string, true, true, "", "a new name: letters, digits, '-', '_' and '.'"},
    ArgumentSpec{"uid", integer, false, false, "", "the Unix uid that the user calls from"},
    ArgumentSpec{"role", string, false, false, "user|operator|admin", "what the user may do (default user)"},
    ArgumentSpec{"limits", string, false, false, "", "limits above those of his runs: NAME=VALUE with blanks between"},
};
constexpr std::array kSetLimits{
    ArgumentSpec{"name", string, true, true, "", "the user's name"},
    ArgumentSpec{"limits", string, true, true, "",
                 "NAME=VALUE with blanks between, names as in strategy files; NAME=none lifts one, none lifts all"},
};
constexpr std::array kUserShow{ArgumentSpec{"name", string, true, true, "", "the user's name"}};

constexpr std::array kFeedAdd{
    ArgumentSpec{"name", string, true, true, "", "a new name"},
    ArgumentSpec{"kind", string, true, false, "push|csv|synthetic", "where its rows come from"},
    ArgumentSpec{"file", string, false, false, "", "csv: the file, in the daemon's feed folder"},
    ArgumentSpec{"symbol", string, false, false, "", "csv without a symbol column: the symbol of its rows"},
    ArgumentSpec{"calendar", string, false, false, "", "trading calendar: XNYS, XNAS, XNSE … or ALWAYS (default)"},
    ArgumentSpec{"instruments", string, false, false, "",
                 "a file (TOML or CSV) of its symbols with tick size, lot, step and limits, in the feed folder"},
    ArgumentSpec{"actions", string, false, false, "",
                 "a file (CSV or TOML) of splits, dividends and symbol changes, in the feed folder"},
    ArgumentSpec{"closed", boolean, false, false, "", "refuse rows of symbols that are not in the instruments file"},
    ArgumentSpec{"speed", string, false, false, "", "csv, synthetic: times real time, or max (default)"},
    ArgumentSpec{"seed", integer, false, false, "", "synthetic: the seed (default 1)"},
    ArgumentSpec{"symbols", integer, false, false, "", "synthetic: how many symbols (default 1)"},
    ArgumentSpec{"ticks", integer, false, false, "", "synthetic: how many ticks, then it ends (default: no end)"},
};
constexpr std::array kFeedOne{kFeedName};
constexpr std::array kFeedAction{
    kFeedName,
    ArgumentSpec{"symbol", string, true, false, "", "whose action it is"},
    ArgumentSpec{"ex_date", string, true, false, "", "the first day without the old right"},
    ArgumentSpec{"kind", string, true, false, "split|dividend|symbol_change", "what happens"},
    ArgumentSpec{"ratio", string, false, false, "",
                 "split: new shares for old ones, such as 4:1; 1:10 is a reverse split"},
    ArgumentSpec{"amount", decimal, false, false, "", "dividend: for each share"},
    ArgumentSpec{"new_symbol", string, false, false, "", "symbol_change: what it becomes"},
};
constexpr std::array kOfFeed{ArgumentSpec{"feed", string, true, true, "", "the feed's name"}};
constexpr std::array kFeedPush{
    kFeedName,
    ArgumentSpec{"rows", rows, true, false, "",
                 "each with time, symbol and price, or open, high, low, close, volume; market: open or closed"},
};
constexpr ArgumentSpec kCalendarName{"name", string, true, true, "", "the calendar's name, such as XNYS"};
constexpr std::array kCalendarShow{
    kCalendarName,
    ArgumentSpec{"year", integer, false, true, "", "the year; this one if not given"},
    ArgumentSpec{"special", boolean, false, false, "", "only closings, and sessions with hours of their own"},
};
constexpr std::array kCalendarIsOpen{
    kCalendarName,
    ArgumentSpec{"time", time, false, true, "", "the time, such as 2026-01-05T15:00:00Z; now if not given"},
};
constexpr std::array kRunStart{
    ArgumentSpec{"feed", string, true, false, "", "the feed to trade on"},
    ArgumentSpec{"strategy", text, true, false, "", "the strategy file (TOML)"},
    ArgumentSpec{"initial_cash", decimal, false, false, "", "what the run begins with (default 100000)"},
    ArgumentSpec{"name", string, false, false, "", "a name of your own for it"},
};
constexpr std::array kRunOne{kRun};
constexpr std::array kRunDelete{ArgumentSpec{"run", integer, true, true, "", "the run; it must be STOPPED or ERROR"}};
constexpr std::array kRunList{
    ArgumentSpec{"all", boolean, false, false, "", "of all users (admins)", true},
    ArgumentSpec{"status", string, false, false, "RUNNING|STOPPED|ERROR", "only these"},
    ArgumentSpec{"since", moment, false, false, "",
                 "only started from then on: a time, a date, or how long ago (6h, 2d)"},
    ArgumentSpec{"until", moment, false, false, "", "only started before then"},
};
constexpr std::array kRunSchedule{
    kRun,
    ArgumentSpec{"next", integer, false, false, "", "how many to come (default 12)"},
};
constexpr std::array kRunVerify{
    ArgumentSpec{"run", integer, false, true, "", "the run; all of yours if not given"},
    ArgumentSpec{"all", boolean, false, false, "", "of all users (admins)", true},
};
constexpr std::array kOrderPlace{
    ArgumentSpec{"side", string, true, true, "buy|sell", "buy or sell"},
    ArgumentSpec{"quantity", decimal, true, true, "", "how many"},
    ArgumentSpec{"symbol", string, true, true, "", "of what"},
    ArgumentSpec{"limit", decimal, false, false, "", "a limit order at this price; without any price, a market order"},
    ArgumentSpec{"stop", decimal, false, false, "", "a stop order, triggered at this price; with limit, a stop-limit"},
    ArgumentSpec{"trail_amount", decimal, false, false, "", "a trailing stop, this far from the best price since"},
    ArgumentSpec{"trail_percent", decimal, false, false, "", "a trailing stop, this many percent from it"},
    ArgumentSpec{"on", string, false, false, "open|close", "a market order for the session's open or close"},
    ArgumentSpec{"tif", string, false, false, "day|gtc|gtd|ioc|fok|opg|cls",
                 "how long it stays (default day; gtd with expires_at)"},
    ArgumentSpec{"expires_at", time, false, false, "", "gtd: the last time at which it may trade"},
    ArgumentSpec{"notional", decimal, false, false, "", "for this amount of money, with the quantity 0"},
    ArgumentSpec{"take_profit", decimal, false, false, "", "bracket: sell what was bought at this limit"},
    ArgumentSpec{"stop_loss", decimal, false, false, "", "bracket: or at this stop, whichever comes first"},
    ArgumentSpec{"oco", integer, false, false, "", "an open order; when one of the two trades, the other is canceled"},
    ArgumentSpec{"client_order_id", string, false, false, "", "your own id, unique in the run"},
    kRunOption,
};
constexpr std::array kOrderReplace{
    ArgumentSpec{"order_id", integer, true, true, "", "the order"},
    ArgumentSpec{"quantity", decimal, false, false, "", "how many instead"},
    ArgumentSpec{"limit", decimal, false, false, "", "another limit"},
    ArgumentSpec{"stop", decimal, false, false, "", "another stop"},
    ArgumentSpec{"trail_amount", decimal, false, false, "", "another distance of a trailing stop"},
    ArgumentSpec{"trail_percent", decimal, false, false, "", "the same in percent"},
    ArgumentSpec{"client_order_id", string, false, false, "", "your own id of the new order"},
    kRunOption,
};
constexpr std::array kOrderCancel{
    ArgumentSpec{"order_id", integer, false, true, "", "the order"},
    ArgumentSpec{"client_order_id", string, false, false, "", "or your own id of it"},
    kRunOption,
};
constexpr ArgumentSpec kSince{
    "since", moment, false,
    false,   "",     "only from then on: a time, a date, or how long before the run's last tick (30m, 6h, 2d, 4w, 1y)"};
constexpr ArgumentSpec kUntil{"until", moment, false, false, "", "only what was before then"};
constexpr ArgumentSpec kSymbol{"symbol", string, false, false, "", "only of this symbol"};
constexpr std::array kOrderList{
    ArgumentSpec{"status", string, false, false, "PENDING|PARTIALLY_FILLED|FILLED|CANCELED|EXPIRED|REPLACED|REJECTED",
                 "only these"},
    kSymbol,
    kSince,
    kUntil,
    kRunOption,
};
constexpr std::array kTradeList{kSymbol, kSince, kUntil, kRunOption};
constexpr std::array kEventList{ArgumentSpec{"type", string, false, false, "", "only these, such as SIP_EXECUTED"},
                                kSince, kUntil, kRunOption};
constexpr std::array kOfRunInTime{kSince, kUntil, kRunOption};
constexpr std::array kEquityList{
    kSince, kUntil, kRunOption,
    ArgumentSpec{"points", integer, false, false, "",
                 "about so many rows, chosen so that a line through them looks like the whole curve"}};
constexpr std::array kBarList{ArgumentSpec{"symbol", string, true, true, "", "the symbol"}, kSince, kUntil, kRunOption};
constexpr std::array kAuditList{
    ArgumentSpec{"all", boolean, false, false, "", "of all users (admins)", true},
    ArgumentSpec{"method", string, false, false, "", "only this command, such as order.place"},
    ArgumentSpec{"failed", boolean, false, false, "", "only what was refused"},
    ArgumentSpec{"since", moment, false, false, "", "only from then on: a time, a date, or how long ago (30m, 6h, 2d)"},
    kUntil,
};
constexpr std::array kWatch{
    ArgumentSpec{"topic", string, false, true, "orders|trades|equity|events", "of what (default events)"},
    kRunOption,
    ArgumentSpec{"after", cursor, false, false, "",
                 "go on from here: the last 'next' that came, or the last row's seq,"
                 " trade_id or logical_time"},
    ArgumentSpec{"from_start", boolean, false, false, "", "first all that there is; else only what comes"},
};
constexpr std::array kLedgerArchive{
    ArgumentSpec{"before", moment, true, false, "", "only what is older: a time, a date, or how long ago (90d, 1y)"},
    ArgumentSpec{"dry_run", boolean, false, false, "", "only show what would be archived"},
};
constexpr std::array kCashMove{
    ArgumentSpec{"amount", decimal, true, true, "", "how much"},
    ArgumentSpec{"note", string, false, false, "", "why; kept with the row"},
    kRunOption,
};
constexpr std::array kHalt{
    ArgumentSpec{"reason", string, false, false, "", "why; kept with the event"},
    ArgumentSpec{"user", string, false, false, "", "the user as a whole, with the runs that he will start"},
    kRunOption,
    ArgumentSpec{"all", boolean, false, false, "", "everybody (operators)", true},
    ArgumentSpec{"reducing", boolean, false, false, "", "still take orders that reduce a position"},
};
constexpr std::array kResume{
    ArgumentSpec{"reason", string, true, false, "", "why; kept with the event"},
    ArgumentSpec{"user", string, false, false, "", "the user as a whole (admins)", true},
    kRunOption,
    ArgumentSpec{"all", boolean, false, false, "", "everybody (admins)", true},
};
constexpr std::array kOfRun{kRunOption};

constexpr std::span<const ArgumentSpec> kNone;

constexpr std::array kCommands{
    CommandSpec{"status", "The daemon's state: runs, feeds, database, lag", Role::any_user, false, row, kNone,
                "tradectl status"},
    CommandSpec{"reload", "Read the configuration again: all of it, or nothing", Role::admin, false, row, kNone,
                "tradectl reload"},

    CommandSpec{"doctor", "Look over the daemon, its database, disk, clock, calendars; say what to do", Role::any_user,
                false, list, kNone, "tradectl doctor"},
    CommandSpec{"metrics", "Counters for Prometheus, in its text format", Role::any_user, false, row, kNone,
                "tradectl metrics"},
    CommandSpec{"halt", "Halt your run, a run, a user or everybody: cancellations only, until resumed", Role::operators,
                true, row, kHalt, "tradectl halt --reason earnings"},
    CommandSpec{"resume", "Let what was halted trade again; a run's losses count from here", Role::user, true, row,
                kResume, "tradectl resume --reason checked"},

    CommandSpec{"user.add", "Add a user", Role::admin, true, row, kUserAdd, "tradectl user add alice --uid 1000"},
    CommandSpec{"user.set-limits", "Set a user's limits, above those of his runs; they hold at once", Role::admin, true,
                row, kSetLimits, "tradectl user set-limits alice max_drawdown=0.2"},
    CommandSpec{"user.list", "List the users", Role::admin, false, list, kNone, "tradectl user list"},
    CommandSpec{"user.show", "Show a user", Role::admin, false, row, kUserShow, "tradectl user show alice"},

    CommandSpec{"feed.add", "Add a market feed; csv and synthetic ones are added paused", Role::admin, true, row,
                kFeedAdd, "tradectl feed add us --kind csv --file sp500.csv --calendar XNYS"},
    CommandSpec{"feed.list", "List the feeds with their counters", Role::any_user, false, list, kNone,
                "tradectl feed list"},
    CommandSpec{"feed.show", "Show a feed", Role::any_user, false, row, kFeedOne, "tradectl feed show us"},
    CommandSpec{"instrument.list", "List a feed's instruments, and what their orders must keep to", Role::any_user,
                false, list, kOfFeed, "tradectl instrument list us"},
    CommandSpec{"feed.action", "Announce a split, a cash dividend or a change of symbol", Role::admin, true, row,
                kFeedAction, "tradectl feed action us --symbol AAPL --ex-date 2020-08-31 --kind split --ratio 4:1"},
    CommandSpec{"action.list", "List a feed's corporate actions, and since when they are effective", Role::any_user,
                false, list, kOfFeed, "tradectl action list us"},
    CommandSpec{"feed.push", "Push rows to a push feed", Role::admin, false, row, kFeedPush,
                "tradectl feed push live < rows.csv"},
    CommandSpec{"feed.pause", "Stop a feed from moving", Role::admin, true, row, kFeedOne, "tradectl feed pause us"},
    CommandSpec{"feed.resume", "Let a feed move", Role::admin, true, row, kFeedOne, "tradectl feed resume us"},

    CommandSpec{"calendar.list", "List the trading calendars, with the session that is on, or the next one",
                Role::any_user, false, list, kNone, "tradectl calendar list"},
    CommandSpec{"calendar.show", "Show a year of a calendar: sessions, half days, closings; hours in exchange time",
                Role::any_user, false, list, kCalendarShow, "tradectl calendar show XNSE 2026 --special"},
    CommandSpec{"calendar.is_open", "Whether an exchange is open, and when the session is or begins", Role::any_user,
                false, row, kCalendarIsOpen, "tradectl calendar is-open XNYS 2026-01-05T15:00:00Z"},

    CommandSpec{"run.start", "Start a run", Role::user, true, row, kRunStart,
                "tradectl run start --feed us --strategy sip.toml --initial-cash 100000"},
    CommandSpec{"run.stop", "Stop a run and cancel its open orders; it can't be started again", Role::user, true, row,
                kRunOne, "tradectl run stop"},
    CommandSpec{"run.list", "List runs", Role::user, false, list, kRunList, "tradectl run list"},
    CommandSpec{"run.show", "Show a run: cash, positions' value, equity, counters", Role::user, false, row, kRunOne,
                "tradectl run show"},
    CommandSpec{"run.delete", "Delete a stopped run with its whole ledger", Role::user, true, row, kRunDelete,
                "tradectl run delete 3"},

    CommandSpec{"run.schedule",
                "Show a run's installments and rebalances, past and to come, with due and executed times", Role::user,
                false, list, kRunSchedule, "tradectl run schedule --next 3"},
    CommandSpec{"run.verify",
                "Execute runs again from their recorded inputs and compare every row: all of yours, or one", Role::user,
                false, list, kRunVerify, "tradectl run verify 3"},
    CommandSpec{"ledger.verify",
                "Check every invariant of the ledger, and verify every run",
                Role::admin,
                false,
                list,
                {},
                "tradectl ledger verify"},
    CommandSpec{"ledger.archive", "Move old marks and equity points, whole partitions of them, to compressed CSV files",
                Role::staff, false, list, kLedgerArchive, "tradectl ledger archive --before 1y --dry-run"},
    CommandSpec{"order.place", "Place an order", Role::user, true, row, kOrderPlace,
                "tradectl order place buy 10 AAPL --limit 150.25"},
    CommandSpec{"order.replace", "Replace an open order by a changed one", Role::user, true, row, kOrderReplace,
                "tradectl order replace 12 --limit 151"},
    CommandSpec{"order.cancel", "Cancel an open order", Role::user, true, row, kOrderCancel,
                "tradectl order cancel 12"},
    CommandSpec{"order.list", "List orders", Role::user, false, list, kOrderList,
                "tradectl order list --status PENDING"},
    CommandSpec{"trade.list", "List trades", Role::user, false, list, kTradeList, "tradectl trade list --since 30d"},
    CommandSpec{"position.list", "List positions, marked at their last prices", Role::user, false, list, kOfRun,
                "tradectl position list"},
    CommandSpec{"event.list", "List events: installments, rebalances, stops", Role::user, false, list, kEventList,
                "tradectl event list"},
    CommandSpec{"cash.list", "List every change of cash", Role::user, false, list, kOfRunInTime, "tradectl cash list"},
    CommandSpec{"cash.deposit", "Pay cash in", Role::user, true, row, kCashMove, "tradectl cash deposit 5000"},
    CommandSpec{"cash.withdraw", "Take cash out", Role::user, true, row, kCashMove, "tradectl cash withdraw 250.50"},
    CommandSpec{"equity.list", "The equity curve: cash, market value and equity at each logical time", Role::user,
                false, list, kEquityList, "tradectl equity --since 1y"},
    CommandSpec{"watch", "Follow runs: orders, trades, equity or events, as they are committed", Role::user, false,
                stream, kWatch, "tradectl watch orders trades"},
    CommandSpec{"bar.list", "List the prices of a symbol that a run has seen", Role::user, false, list, kBarList,
                "tradectl bar list AAPL --since 30d"},
    CommandSpec{"audit.list", "Who did what, when, and with which result", Role::user, false, list, kAuditList,
                "tradectl audit --since 2d"},
};

constexpr ArgumentSpec kUser{"user", string, false, false, "", "act for this user (admins)"};
constexpr ArgumentSpec kRequestId{
    "request_id", string, false, false, "", "makes a repetition harmless: the same id returns the first answer"};
constexpr std::array kPaging{
    ArgumentSpec{"after", cursor, false, false, "", "go on from here: the 'next' of the answer before"},
    ArgumentSpec{"limit", integer, false, false, "", "at most so many rows"},
    ArgumentSpec{"reverse", boolean, false, false, "", "newest first"},
};

struct ErrorInfo {
  ErrorCode code;
  std::string_view text;
  int exit_status;
};

constexpr std::array kErrors{
    ErrorInfo{ErrorCode::invalid_argument, "INVALID_ARGUMENT", 2},
    ErrorInfo{ErrorCode::unknown_method, "UNKNOWN_METHOD", 2},
    ErrorInfo{ErrorCode::not_permitted, "NOT_PERMITTED", 4},
    ErrorInfo{ErrorCode::not_found, "NOT_FOUND", 1},
    ErrorInfo{ErrorCode::conflict, "CONFLICT", 1},
    ErrorInfo{ErrorCode::refused, "REFUSED", 1},
    ErrorInfo{ErrorCode::busy, "BUSY", 1},
    ErrorInfo{ErrorCode::unavailable, "UNAVAILABLE", 3},
    ErrorInfo{ErrorCode::internal, "INTERNAL", 1},
};

}  // namespace

std::span<const CommandSpec> commands() { return kCommands; }

std::vector<ArgumentSpec> shared_arguments(const CommandSpec& command) {
  std::vector<ArgumentSpec> shared;
  const auto is_user = [](const ArgumentSpec& spec) { return spec.name == kUser.name; };
  if (std::none_of(command.arguments.begin(), command.arguments.end(), is_user)) shared.push_back(kUser);
  if (command.mutating) shared.push_back(kRequestId);
  if (command.shape == list) shared.insert(shared.end(), kPaging.begin(), kPaging.end());
  return shared;
}

const CommandSpec* find_command(std::string_view method) {
  const auto* found =
      std::find_if(kCommands.begin(), kCommands.end(), [&](const CommandSpec& spec) { return spec.method == method; });
  return found == kCommands.end() ? nullptr : found;
}

std::string_view to_text(ErrorCode code) { return kErrors.at(static_cast<std::size_t>(code)).text; }

int exit_status(std::string_view code) {
  const auto* found =
      std::find_if(kErrors.begin(), kErrors.end(), [&](const ErrorInfo& info) { return info.text == code; });
  return found == kErrors.end() ? 1 : found->exit_status;
}

}  // namespace tradingd::protocol
