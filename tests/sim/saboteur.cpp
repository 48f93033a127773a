#include "tests/sim/saboteur.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>

#include "tests/sim/world.h"
#include "tests/support/postgres.h"

namespace tradingd::sim {

namespace {

using engine::ApplyOutcome;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPatience{20'000};  // for the server to come up
constexpr milliseconds kGlance{1};         // between two looks at a condition

// Each write of the daemon's updates engine_shard: that is where it is met, before its rows and at its commit. ALWAYS,
// since the fast path switches other triggers off.
constexpr const char* kPlant = R"sql(
CREATE SCHEMA sim;
CREATE TABLE sim.mode (mode text NOT NULL);
INSERT INTO sim.mode VALUES ('');
CREATE TABLE sim.poisoned (user_id bigint, run_id bigint);
CREATE FUNCTION sim.meet() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  wanted text;
BEGIN
  SELECT mode INTO wanted FROM sim.mode;
  IF length(wanted) = 5 THEN
    RAISE EXCEPTION 'planted' USING ERRCODE = wanted;
  END IF;
  RETURN NULL;
END
$$;
CREATE FUNCTION sim.commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF (SELECT mode FROM sim.mode) = 'at commit' THEN
    PERFORM pg_sleep(20);
  END IF;
  RETURN NULL;
END
$$;
CREATE FUNCTION sim.poison() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NEW.version <> OLD.version AND current_setting('application_name') <> 'sim'
     AND EXISTS (SELECT FROM sim.poisoned p WHERE p.user_id = NEW.user_id AND p.run_id = NEW.run_id) THEN
    RAISE EXCEPTION 'planted' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER sim_meet AFTER UPDATE ON tradingd.engine_shard FOR EACH STATEMENT EXECUTE FUNCTION sim.meet();
ALTER TABLE tradingd.engine_shard ENABLE ALWAYS TRIGGER sim_meet;
CREATE CONSTRAINT TRIGGER sim_commit AFTER UPDATE OF last_batch ON tradingd.engine_shard
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.last_batch > OLD.last_batch) EXECUTE FUNCTION sim.commit();
ALTER TABLE tradingd.engine_shard ENABLE ALWAYS TRIGGER sim_commit;
CREATE TRIGGER sim_poison BEFORE UPDATE ON tradingd.engine_state FOR EACH ROW EXECUTE FUNCTION sim.poison();
ALTER TABLE tradingd.engine_state ENABLE ALWAYS TRIGGER sim_poison;
)sql";

constexpr const char* kWriters = "apply_batch, tradingd.create_run, tradingd.fail_run";

}  // namespace

std::unique_ptr<store::Connection> connect(const std::string& dsn) {
  const auto deadline = steady_clock::now() + kPatience;
  for (;;) {
    try {
      auto connection = std::make_unique<store::Connection>(store::ConnectionOptions{dsn, "", "sim"});
      // What the server has taken must outlive its end (a tick that is gone would be one that the runs have seen), and
      // wait for no standby that isn't there; and a deadlock is the daemon's to notice.
      connection->exec("SET synchronous_commit = local; SET deadlock_timeout = '20s'");
      return connection;
    } catch (const store::DatabaseError& error) {
      require(steady_clock::now() < deadline, std::string("the server doesn't come back: ") + error.what());
      std::this_thread::sleep_for(kGlance);
    }
  }
}

Saboteur::Saboteur(std::string dsn) : dsn_(std::move(dsn)) { sql().exec(kPlant); }

store::Connection& Saboteur::sql() {
  if (sql_ == nullptr || !sql_->usable()) {
    sql_ = connect(dsn_);
  }
  return *sql_;
}

void Saboteur::mode(const std::string& mode) { sql().exec("UPDATE sim.mode SET mode = $1", {mode}); }

ApplyOutcome Saboteur::struck(const std::string& waits, Blow blow, const std::function<ApplyOutcome()>& send) {
  const char* strike = blow == Blow::cancel ? "pg_cancel_backend(pid)" : "pg_terminate_backend(pid)";
  const std::string look = fmt::format("SELECT pid{} FROM pg_stat_activity WHERE application_name = '{}' AND {}",
                                       blow == Blow::kill ? "" : fmt::format(", {}", strike), kDaemonName, waits);
  std::atomic<bool> over = false;
  bool dealt = false;
  std::thread striker([&] {
    try {
      store::Connection own({dsn_, "", "sim striker"});
      while (!over) {
        const store::Rows rows = own.exec(look);
        if (!rows.empty()) {
          dealt = true;
          if (blow == Blow::kill) {
            // As root, for the server is another account's.
            static_cast<void>(std::system(fmt::format("kill -9 {}", rows.text(0, 0)).c_str()));
          }
          return;
        }
        std::this_thread::sleep_for(kGlance);
      }
    } catch (const store::DatabaseError&) {
      return;  // the server went down with the blow
    }
  });
  ApplyOutcome outcome;
  try {
    outcome = send();
  } catch (...) {
    over = true;
    striker.join();
    throw;
  }
  over = true;
  striker.join();
  blows_.backends_killed += dealt && blow == Blow::kill ? 1 : 0;
  blows_.sessions_terminated += dealt && blow == Blow::terminate ? 1 : 0;
  if (dealt && blow == Blow::kill) {
    outlive_sessions();
  }
  return outcome;
}

void Saboteur::outlive_sessions() {
  const auto deadline = steady_clock::now() + kPatience;
  try {
    while (steady_clock::now() < deadline) {
      sql_->exec("SELECT");
      std::this_thread::sleep_for(kGlance);
    }
  } catch (const store::DatabaseError&) {
    sql_.reset();
    return;
  }
  throw Violation("the server goes on although one of its processes was killed");
}

ApplyOutcome Saboteur::while_locked(int shard, Blow blow, const std::function<ApplyOutcome()>& send) {
  store::Transaction lock(sql());
  sql().exec(fmt::format("SELECT FROM tradingd.engine_shard WHERE shard_id = {} FOR UPDATE", shard));
  return struck("wait_event_type = 'Lock'", blow, send);
}

ApplyOutcome Saboteur::until_timeout(int shard, const std::function<ApplyOutcome()>& send) {
  store::Transaction lock(sql());
  sql().exec(fmt::format("SELECT FROM tradingd.engine_shard WHERE shard_id = {} FOR UPDATE", shard));
  return send();
}

ApplyOutcome Saboteur::at_commit(Blow blow, const std::function<ApplyOutcome()>& send) {
  mode("at commit");
  ApplyOutcome outcome = struck("wait_event = 'PgSleep'", blow, send);
  mode("");
  return outcome;
}

ApplyOutcome Saboteur::after_commit(const std::function<ApplyOutcome()>& send) {
  sql().exec("ALTER SYSTEM SET synchronous_standby_names = 'ghost'");
  sql().exec("SELECT pg_reload_conf()");
  ApplyOutcome outcome = struck("wait_event = 'SyncRep'", Blow::terminate, send);
  sql().exec("ALTER SYSTEM RESET synchronous_standby_names");
  sql().exec("SELECT pg_reload_conf()");
  return outcome;
}

ApplyOutcome Saboteur::deadlock(RunKey run, const std::function<ApplyOutcome()>& send) {
  std::atomic<bool> locked = false;
  std::atomic<bool> over = false;
  std::thread other([&] {
    try {
      const auto own = connect(dsn_);
      const auto glance = connect(dsn_);
      store::Transaction transaction(*own);
      own->exec(fmt::format("SELECT FROM tradingd.engine_state WHERE user_id = {} AND run_id = {} FOR UPDATE",
                            run.user.value, run.run.value));
      locked = true;
      const std::string look = fmt::format(
          "SELECT FROM pg_stat_activity WHERE application_name = '{}' AND wait_event_type = 'Lock'", kDaemonName);
      while (!over && glance->exec(look).empty()) {
        std::this_thread::sleep_for(kGlance);
      }
      if (!over) {
        own->exec(fmt::format("SELECT FROM tradingd.engine_shard WHERE shard_id = {} FOR UPDATE",
                              engine::shard_of(run.user)));
      }
    } catch (const store::DatabaseError&) {
      locked = true;  // chosen as the victim: the daemon goes on
    }
  });
  while (!locked) {
    std::this_thread::sleep_for(kGlance);
  }
  ApplyOutcome outcome = send();
  over = true;
  other.join();
  return outcome;
}

ApplyOutcome Saboteur::refused_with(const std::string& sqlstate, const std::function<ApplyOutcome()>& send) {
  mode(sqlstate);
  ApplyOutcome outcome = send();
  mode("");
  return outcome;
}

ApplyOutcome Saboteur::forbidden(const std::function<ApplyOutcome()>& send) {
  const bool fast = !sql().exec("SELECT FROM pg_proc WHERE proname = 'apply_batch_fast'").empty();
  const std::string functions =
      fmt::format("FUNCTION tradingd.{}{}", kWriters, fast ? ", tradingd.apply_batch_fast" : "");
  sql().exec(fmt::format("REVOKE EXECUTE ON {} FROM tradingd_runtime", functions));
  ApplyOutcome outcome = send();
  sql().exec(fmt::format("GRANT EXECUTE ON {} TO tradingd_runtime", functions));
  return outcome;
}

void Saboteur::terminate_idle() {
  blows_.sessions_terminated +=
      sql()
          .exec("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1",
                {kDaemonName})
          .size();
}

void Saboteur::kill_server() {
  sql_.reset();
  const std::string line =
      fmt::format("'{}/tests/support/cluster' kill '{}'", TD_SOURCE_DIR, test::cluster_directory());
  require(std::system(line.c_str()) == 0, "failed: " + line);
  ++blows_.servers_killed;
  sql();
}

void Saboteur::heal() {
  mode("");
  sql().exec("DELETE FROM sim.poisoned");
}

}  // namespace tradingd::sim
