#pragma once
// Users, feeds and what feeds have delivered: the writes that are not a run's batch.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/engine/ledger.h"
#include "daemon/engine/market.h"
#include "daemon/store/connection.h"
#include "daemon/store/store_error.h"

namespace tradingd::store {

struct NewUser {
  std::string name;
  std::optional<std::int64_t> uid = std::nullopt;
  std::string role = "user";
  engine::Limits limits = {};
};

struct StoredUser {
  UserId id;
  std::string name;
  std::optional<std::int64_t> uid;
  std::string role;
};

enum class FeedKind : std::uint8_t { push, csv, synthetic };
enum class FeedStatus : std::uint8_t { active, paused, finished, error };
/// "push" …, "ACTIVE" …
[[nodiscard]] std::string_view to_text(FeedKind kind);
[[nodiscard]] std::string_view to_text(FeedStatus status);
[[nodiscard]] std::optional<FeedKind> feed_kind_from_text(std::string_view text);
[[nodiscard]] std::optional<FeedStatus> feed_status_from_text(std::string_view text);

struct NewFeed {
  std::string name;
  FeedKind kind = FeedKind::push;
  std::string settings = "{}";  // a JSON object
  FeedStatus status = FeedStatus::active;
  std::optional<Time> origin = std::nullopt;          // where a synthetic feed begins
  std::vector<engine::Instrument> instruments = {};   // known from the start, by id
  std::vector<engine::AnnouncedAction> actions = {};  // by id, from 1
};

/// Totals over the feed's life; writing the same totals again changes nothing.
struct FeedTotals {
  std::int64_t accepted = 0;
  std::int64_t duplicate = 0;
  std::int64_t quarantined = 0;
  std::map<std::string, std::int64_t> rejected;  // by reason

  friend bool operator==(const FeedTotals&, const FeedTotals&) = default;
};

struct StoredFeed {
  FeedId id;
  std::string name;
  FeedKind kind = FeedKind::push;
  std::string settings;
  FeedStatus status = FeedStatus::active;
  std::string message;
  std::optional<Time> origin;
  std::optional<Time> last_tick;
  std::int64_t ticks = 0;
  FeedTotals totals;
  std::vector<engine::Instrument> instruments;   // by id, without a gap
  std::vector<engine::AnnouncedAction> actions;  // by id; those that are not effective
};

/// How far a feed has come.
struct FeedPosition {
  FeedId id;
  std::optional<Time> last_tick;
  std::int64_t instruments = 0;  // that are registered
};

/// What a mutating command answered.
struct CommandAnswer {
  std::string result;     // JSON: the row, keys as in query_table.cpp
  bool repeated = false;  // the request id was used before with the same arguments: this is the first answer
};

/// Blocks; one thread at a time. Connects at the first call and again after the connection was lost.
///
/// A function that takes a CommandRecord leaves it in `command_log` in its own transaction (`result` and
/// `ok` are filled in here), and so may be repeated with it after an error of kind `unavailable`.
/// A request id that was used with other arguments is a conflict. Commands that are refused leave no row.
class Catalog {
 public:
  /// `options.role` is tradingd_runtime.
  explicit Catalog(ConnectionOptions options);

  /// From now on store_ticks and set_feed_status write only while the lease of this epoch is held (see Lease), and
  /// otherwise gives an error of kind `fenced`. Without it, they write unconditionally.
  void set_epoch(std::int64_t epoch) { epoch_ = epoch; }

  [[nodiscard]] StoreResult<CommandAnswer> create_user(const NewUser& user, const engine::CommandRecord& command);
  /// By id.
  [[nodiscard]] StoreResult<std::vector<StoredUser>> load_users();
  /// Changes the user's limits; an error of `change` is one of kind `refused`. Answers with the user's row.
  [[nodiscard]] StoreResult<CommandAnswer> set_limits(
      const std::string& name, const std::function<Result<engine::Limits>(const engine::Limits&)>& change,
      const engine::CommandRecord& command);

  /// Sets a trading state for `user` (0: everybody) and `run` (0: whichever); see set_trading_control. Answers with
  /// its columns.
  [[nodiscard]] StoreResult<CommandAnswer> set_trading_state(UserId user, RunId run, engine::TradingState state,
                                                             const std::string& reason,
                                                             const engine::CommandRecord& command);
  /// The same, without the lease and whatever the daemon does: for somebody named, after five seconds of waiting
  /// for a batch that hangs not at all (kind unavailable). `run` 0: whichever; `user` empty with a run: its owner; both
  /// absent: everybody.
  [[nodiscard]] StoreResult<CommandAnswer> halt_directly(const std::string& user, RunId run, engine::TradingState state,
                                                         const std::string& reason,
                                                         const engine::CommandRecord& command);
  /// Leaves a command that was refused in `command_log`, with its `result` and not `ok`.
  [[nodiscard]] StoreResult<bool> record_refusal(UserId user, const engine::CommandRecord& command);
  /// Lifts what was set for single runs of the user in the database itself.
  [[nodiscard]] StoreResult<std::int64_t> lift_run_controls(UserId user, const std::string& reason, std::int64_t uid);
  [[nodiscard]] StoreResult<engine::StandingOrders> load_standing_orders(std::int64_t after);

  [[nodiscard]] StoreResult<CommandAnswer> create_feed(const NewFeed& feed, const engine::CommandRecord& command);
  /// By id.
  [[nodiscard]] StoreResult<std::vector<StoredFeed>> load_feeds();
  /// By id.
  [[nodiscard]] StoreResult<std::vector<FeedPosition>> feed_positions();
  /// Announces an action, numbered as the feed's next one. `accepted`: whether the feed takes it now; a request that
  /// was carried out before has its answer all the same.
  [[nodiscard]] StoreResult<CommandAnswer> add_action(FeedId feed, const engine::AnnouncedAction& action,
                                                      const Result<bool>& accepted,
                                                      const engine::CommandRecord& command);
  /// As somebody's command.
  [[nodiscard]] StoreResult<CommandAnswer> set_feed_status(FeedId feed, FeedStatus status, const std::string& message,
                                                           const engine::CommandRecord& command);
  /// By the daemon itself: a feed that has come to its end, or can't go on. Gives the status.
  [[nodiscard]] StoreResult<FeedStatus> set_feed_status(FeedId feed, FeedStatus status, const std::string& message);

  /// Stores new instruments and ticks and sets the totals, in one transaction. Ticks ascend, and a tick's
  /// instruments are registered or among the new ones. Ticks up to the feed's last one are there already
  /// and skipped, so the call may be repeated after an error of kind `unavailable`. Gives the number of
  /// ticks that were added.
  [[nodiscard]] StoreResult<std::int64_t> store_ticks(FeedId feed, std::span<const engine::Instrument> added,
                                                      std::span<const engine::Tick> ticks, const FeedTotals& totals);
  /// nullopt: the feed has none yet.
  [[nodiscard]] StoreResult<std::optional<Time>> last_tick(FeedId feed);
  /// The stored row of this very time.
  [[nodiscard]] StoreResult<std::optional<engine::Bar>> find_bar(FeedId feed, Time time, InstrumentId instrument);

  /// Deletes a run that is STOPPED or ERROR with its whole ledger.
  [[nodiscard]] StoreResult<CommandAnswer> delete_run(RunKey run, const engine::CommandRecord& command);

 private:
  using Answer = StoreResult<CommandAnswer>;

  Connection& connection();
  /// Why nothing may be written: the lease of our epoch is gone. nullopt: it is held until the transaction ends.
  [[nodiscard]] std::optional<StoreError> pass_fence(Connection& database) const;
  /// Runs `work` and turns what the database throws into an error.
  template <typename Function>
  auto guarded(const Function& work) -> decltype(work());
  Answer carry_out(UserId user, const engine::CommandRecord& command, std::optional<std::int64_t> run_id,
                   const std::function<StoreResult<std::string>(Connection&)>& work);

  ConnectionOptions options_;
  std::optional<std::int64_t> epoch_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace tradingd::store
