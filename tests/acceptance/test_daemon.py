"""The process: its start and end, signals, rivals, and kills at any moment."""

import contextlib
import os
import pathlib
import signal

import pytest
from client import RpcError
from conftest import connect

import environment as env
import ledger
from trader import MANUAL, Trader, rebalance, sip

DATA = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "data" / "sp500-2000.csv"
T1 = "2024-01-02T15:00:00Z"
T2 = "2024-01-03T15:00:00Z"
T3 = "2024-01-04T15:00:00Z"

# Who trades in a replay: an installment plan and a portfolio with bands on the same feed.
STRATEGIES = {
    "replay-sip": sip(amount="2000", start="2000-01-03", weights={"SPX": "1"}),
    "replay-rebalance": rebalance({"SPX": "0.6"}, cash="0.4", every="quarterly", band="0.05"),
}


def ledger_dsn(daemon):
    """Of the daemon's ledger; for an embedded one, over the private cluster's own socket."""
    if daemon.dsn:
        return daemon.dsn
    (socket,) = daemon.state.parent.rglob(".s.PGSQL.5432")
    return f"host={socket.parent} dbname=tradingd user=postgres"


def postmaster(daemon):
    """Process id of the embedded cluster's server."""
    (pid_file,) = daemon.state.rglob("postmaster.pid")
    return int(pid_file.read_text().split()[0])


def prepare_replay(daemon, lines=5105):
    """Adds the feed, paused, and the runs that wait for it."""
    target = daemon.feeds / "replay.csv"
    target.write_text("".join(DATA.open().readlines()[: lines + 1]))
    with daemon.client() as client:
        client.call("feed.add", name="replay", kind="csv", file="replay.csv", symbol="SPX", calendar="XNYS")
        for name, strategy in STRATEGIES.items():
            client.call("user.add", name=name)
            client.call("run.start", user=name, feed="replay", strategy=strategy, initial_cash="1000000")


def feed(daemon):
    with daemon.client() as client:
        return client.call("feed.show", name="replay")


def ticks_of(daemon):
    return feed(daemon)["ticks"]


def resume(daemon):
    """Lets the feed move, unless it moves already."""
    if feed(daemon)["status"] == "PAUSED":
        with daemon.client() as client:
            client.call("feed.resume", name="replay")


def caught_up(daemon):
    """Whether each run has taken the feed's last tick; the feed is ahead of them, since rows are stored first."""
    with contextlib.closing(connect(ledger_dsn(daemon))) as connection:
        runs = ledger.query(
            connection,
            """SELECT r.status, r.stop_reason, e.last_logical_time >= f.last_logical_time AS there
               FROM strategy_run r JOIN engine_state e USING (user_id, run_id) JOIN market_feed f USING (feed_id)""",
        )
    assert [run["status"] for run in runs] == ["RUNNING"] * len(STRATEGIES), runs
    return all(run["there"] for run in runs)


def finish_replay(daemon):
    """Lets the feed move to its end, which it says it is at when every run is."""
    resume(daemon)
    env.wait_until(lambda: feed(daemon)["status"] == "FINISHED", "the end of the feed", deadline_s=300)
    assert caught_up(daemon), "a feed that is FINISHED has been taken to its end by every run"


def ledgers(daemon):
    """The normalized ledger of each run of the replay, and what the feed has stored."""
    connection = connect(ledger_dsn(daemon))
    try:
        ledger.assert_sound(connection)
        ledger.assert_invariants(connection)
        result = {}
        for name in STRATEGIES:
            run = ledger.one(
                connection, "SELECT user_id, run_id FROM strategy_run JOIN app_user USING (user_id) WHERE app_user.name = %s", name
            )
            result[name] = ledger.normalized(connection, run["user_id"], run["run_id"])
        bars = "SELECT logical_time, symbol, open, high, low, close, volume FROM market_bar ORDER BY 1, 2"
        result["bars"] = [tuple(row.values()) for row in ledger.query(connection, bars)]
        return result
    finally:
        connection.close()


def assert_same(actual, expected):
    for name in expected:
        if name == "bars":
            assert actual["bars"] == expected["bars"]
            continue
        for table in expected[name]:
            assert actual[name][table] == expected[name][table], f"{name}: {table}"


@pytest.fixture(scope="session")
def undisturbed(cluster):
    """The ledgers of replays in which nothing happened, by number of lines; each is made once."""
    made = {}

    def of(lines):
        if lines not in made:
            folder = env.private_folder("tradingd-undisturbed")
            daemon = env.Daemon(folder / "daemon", cluster.create_database(f"undisturbed_{lines}"))
            try:
                daemon.migrate()
                daemon.start()
                prepare_replay(daemon, lines)
                finish_replay(daemon)
                made[lines] = ledgers(daemon)
                assert len(made[lines]["bars"]) == lines
            finally:
                daemon.kill()
                env.remove(folder)
        return made[lines]

    return of


def started(own_daemon, **options):
    daemon = own_daemon(**options)
    daemon.start()
    return daemon


def trader_on(daemon):
    """A trader of a daemon of the test's own, and what to close at the end."""
    stack = contextlib.ExitStack()
    client = stack.enter_context(daemon.client())
    connection = stack.enter_context(contextlib.closing(connect(ledger_dsn(daemon))))
    return stack, Trader(client, connection, "own")


def test_sigterm_ends_it_cleanly_and_a_restart_goes_on(own_daemon):
    daemon = started(own_daemon)
    stack, trader = trader_on(daemon)
    with stack:
        trader.start(sip(), cash="10000")
        trader.tick(T1, AAPL="100")
        trader.place("buy", "1", "AAPL", limit="50", tif="gtc")
    assert daemon.stop(signal.SIGTERM) == 0
    assert not daemon.socket.exists()
    daemon.start()
    with daemon.client() as client, contextlib.closing(connect(daemon.dsn)) as connection:
        trader.client, trader.db = client, connection
        trader.tick(T2, AAPL="49")
        statuses = [row["status"] for row in trader.rows("paper_order", "order_id")]
        assert statuses == ["FILLED", "FILLED"]
        assert trader.count("mtm_ledger") == 2


def test_sigint_ends_it_cleanly(own_daemon):
    assert started(own_daemon).stop(signal.SIGINT) == 0


def test_a_second_daemon_on_the_socket_gives_up_at_once(own_daemon, cluster):
    first = started(own_daemon)
    second = own_daemon()
    second.write_config(socket=first.socket)
    second.spawn()
    assert second.wait_for_end(20) not in (0, None)
    assert str(first.socket) in second.log_tail()
    with first.client() as client:
        assert isinstance(client.call("status"), dict)


def test_a_second_daemon_on_the_ledger_gives_up_at_once(own_daemon):
    first = started(own_daemon)
    stack, trader = trader_on(first)
    with stack:
        trader.start(sip())
        second = own_daemon()
        second.dsn = first.dsn
        second.write_config()
        second.spawn()
        assert second.wait_for_end(20) not in (0, None)
        assert "in use by" in second.log_tail()
        trader.tick(T1, AAPL="100")
        assert len(trader.events("SIP_EXECUTED")) == 1


def test_sighup_with_a_bad_configuration_changes_nothing(own_daemon):
    daemon = started(own_daemon)
    sound = daemon.config.read_text()
    daemon.config.write_text(sound + "\nno_such_setting = 1\n")
    daemon.process.send_signal(signal.SIGHUP)
    with daemon.client() as client:
        with pytest.raises(RpcError) as caught:
            client.call("reload")
        assert "no_such_setting" in str(caught.value)
        assert isinstance(client.call("status"), dict)
        daemon.config.write_text(sound)
        daemon.process.send_signal(signal.SIGHUP)
        client.call("reload")
    assert daemon.process.poll() is None


def test_check_config_names_what_is_wrong(own_daemon):
    daemon = own_daemon()
    assert daemon.command("--check-config").returncode == 0
    daemon.config.write_text('[socket]\npaht = "/x"\n[daemon]\npipelines = 99\n')
    done = daemon.command("--check-config")
    assert done.returncode != 0
    text = done.stdout + done.stderr
    assert "paht" in text and "path" in text and "pipelines" in text


def test_a_world_writable_configuration_is_refused(own_daemon):
    daemon = own_daemon()
    daemon.config.chmod(0o666)
    assert daemon.command("--check-config").returncode != 0


@pytest.mark.parametrize("directory", ["state", "run_folder"])
def test_a_directory_that_others_can_write_to_is_refused(own_daemon, directory):
    daemon = own_daemon()
    path = getattr(daemon, directory)
    path.chmod(0o757)
    done = daemon.command()
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr == f"tradingd: {path}: every user may write to it, so it can't be trusted: chmod o-w {path}\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize("directory", ["state", "run_folder"])
def test_a_directory_of_another_account_is_refused(own_daemon, directory):
    daemon = own_daemon()
    path = getattr(daemon, directory)
    os.chown(path, 12345, -1)
    done = daemon.command()
    assert (done.returncode, done.stdout) == (78, "")
    assert f"{path} belongs to uid 12345" in done.stderr


def test_a_missing_configuration_is_named(own_daemon):
    daemon = own_daemon()
    daemon.config.unlink()
    daemon.spawn()
    assert daemon.wait_for_end(20) != 0
    assert str(daemon.config) in daemon.log_tail()


def test_migrating_twice_changes_nothing(own_daemon):
    daemon = own_daemon()
    with contextlib.closing(connect(daemon.dsn)) as connection:
        versions = "SELECT version, digest, applied_at FROM schema_version ORDER BY version"
        before = ledger.query(connection, versions)
        daemon.migrate()
        assert ledger.query(connection, versions) == before
        assert len(before) >= 1


def test_a_newer_ledger_is_refused(own_daemon):
    daemon = own_daemon()
    with contextlib.closing(connect(daemon.dsn)) as connection:
        ledger.execute(connection, "INSERT INTO schema_version (version, name, digest) VALUES (9999, 'later', '')")
    daemon.spawn()
    assert daemon.wait_for_end(20) not in (0, None)
    assert "9999" in daemon.log_tail()


def test_embedded_postgresql_is_private_and_ends_with_the_daemon(own_daemon):
    daemon = started(own_daemon, embedded=True)
    with contextlib.closing(connect(ledger_dsn(daemon))) as connection:
        assert ledger.one(connection, "SHOW listen_addresses")["listen_addresses"] == ""
        assert ledger.one(connection, "SHOW fsync")["fsync"] == "on"
        assert ledger.one(connection, "SHOW synchronous_commit")["synchronous_commit"] == "on"
    server = postmaster(daemon)
    assert daemon.stop() == 0
    assert not pathlib.Path(f"/proc/{server}").exists()


LINES = 1500


@pytest.mark.parametrize("at_tick", [1, 400, 1100])
def test_ir_02_ir_03_kill_9_during_a_replay(own_daemon, undisturbed, at_tick):
    daemon = started(own_daemon)
    prepare_replay(daemon, LINES)
    resume(daemon)
    env.wait_until(lambda: ticks_of(daemon) >= at_tick, f"tick {at_tick}")
    daemon.kill()
    with contextlib.closing(connect(daemon.dsn)) as connection:
        ledger.assert_sound(connection)
        ledger.assert_invariants(connection)
    daemon.start()
    finish_replay(daemon)
    assert_same(ledgers(daemon), undisturbed(LINES))


def test_ir_02_ir_03_kill_9_three_times_on_embedded_postgresql(own_daemon, undisturbed):
    daemon = started(own_daemon, embedded=True)
    prepare_replay(daemon, LINES)
    for at_tick in (100, 500, 900):
        resume(daemon)
        env.wait_until(lambda: ticks_of(daemon) >= at_tick, f"tick {at_tick}")  # noqa: B023 - called at once
        daemon.kill()
        daemon.start()
    finish_replay(daemon)
    assert_same(ledgers(daemon), undisturbed(LINES))


@pytest.mark.parametrize("at_tick", [1, 700])
def test_fi_01_kill_9_of_postgresql_during_a_replay(own_daemon, undisturbed, at_tick):
    daemon = started(own_daemon, embedded=True)
    prepare_replay(daemon, LINES)
    resume(daemon)
    env.wait_until(lambda: ticks_of(daemon) >= at_tick, f"tick {at_tick}")
    os.kill(postmaster(daemon), signal.SIGKILL)
    finish_replay_through_an_outage(daemon)
    assert_same(ledgers(daemon), undisturbed(LINES))


def finish_replay_through_an_outage(daemon):
    """As finish_replay, while the daemon may answer that its database is away."""

    def finished():
        try:
            row = feed(daemon)
            if row["status"] == "PAUSED":
                resume(daemon)
            return row["status"] == "FINISHED"
        except RpcError as error:
            assert error.code in ("UNAVAILABLE", "BUSY"), error
            return False

    env.wait_until(finished, "the end of the feed", deadline_s=300)
    env.wait_until(lambda: caught_up(daemon), "the runs' end of the replay", deadline_s=120)
    assert daemon.process.poll() is None, "the daemon outlives its database"


def test_fi_01_backends_ended_in_the_middle(own_daemon, undisturbed):
    """pg_terminate_backend of the daemon's own connections, again and again: commits become unknown."""
    daemon = started(own_daemon)
    prepare_replay(daemon, LINES)
    resume(daemon)
    with contextlib.closing(connect(daemon.dsn)) as connection:
        end = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()
                       AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')"""
        for at_tick in (50, 300, 600, 900, 1200):
            with contextlib.suppress(RpcError, env.EnvironmentFailure):
                env.wait_until(lambda: ticks_of(daemon) >= at_tick, "the next hit", deadline_s=5)  # noqa: B023
            ledger.query(connection, end)
    finish_replay_through_an_outage(daemon)
    assert_same(ledgers(daemon), undisturbed(LINES))


# Named places in the code, and at which hit the process dies there.
KILLS = [
    "tick.before_step=kill:200",
    "pipeline.before_apply=kill:1",
    "pipeline.before_apply=kill:7",
    "pipeline.after_apply=kill:1",
    "pipeline.after_apply=kill:9",
]


@pytest.mark.parametrize("failpoint", KILLS)
def test_ir_02_a_crash_at_a_named_point_leaves_whole_ticks(own_daemon, failpoints, undisturbed, failpoint):
    daemon = started(own_daemon)
    prepare_replay(daemon, LINES)
    assert daemon.stop() == 0
    daemon.start(failpoints=failpoint)
    with contextlib.suppress(ConnectionError):
        resume(daemon)
    assert daemon.wait_for_end(120) == -signal.SIGKILL, f"{failpoint} was not reached"
    with contextlib.closing(connect(daemon.dsn)) as connection:
        ledger.assert_sound(connection)
        ledger.assert_invariants(connection)
        partial = """SELECT count(*) FROM mtm_ledger m FULL JOIN paper_equity_curve e USING (user_id, run_id, logical_time)
                     WHERE m.user_id IS NULL OR e.user_id IS NULL"""
        assert ledger.value(connection, partial) == 0
    daemon.start()
    finish_replay(daemon)
    assert_same(ledgers(daemon), undisturbed(LINES))


def test_ir_03_an_order_whose_answer_was_lost_is_placed_once(own_daemon, failpoints):
    """The daemon dies between the commit and the reply; the client asks again with the same request id."""
    daemon = started(own_daemon)
    stack, trader = trader_on(daemon)
    with stack:
        trader.start(MANUAL)
        trader.tick(T1, AAPL="100")
    assert daemon.stop() == 0
    daemon.start(failpoints="command.before_reply=kill:1")
    request = {"side": "buy", "quantity": "3", "symbol": "AAPL", "request_id": "again-1"}
    with daemon.client() as client, pytest.raises(ConnectionError):
        client.call("order.place", user=trader.name, **request)
    assert daemon.wait_for_end() == -signal.SIGKILL
    daemon.start()
    with daemon.client() as client, contextlib.closing(connect(daemon.dsn)) as connection:
        trader.client, trader.db = client, connection
        answer = client.call("order.place", user=trader.name, **request)
        assert answer["status"] == "FILLED"
        assert trader.count("paper_order") == trader.count("paper_trade") == 1


@pytest.mark.parametrize("point", ["pipeline.before_apply", "pipeline.after_apply"])
def test_fi_01_a_crash_around_a_commit_marks_once(own_daemon, failpoints, point):
    daemon = started(own_daemon)
    stack, trader = trader_on(daemon)
    with stack:
        trader.start(sip())
        trader.tick(T1, AAPL="100")
    assert daemon.stop() == 0
    daemon.start(failpoints=f"{point}=kill:1")
    row = {"time": "2024-02-01T15:00:00Z", "symbol": "AAPL", "price": "101"}
    with daemon.client() as client, pytest.raises(ConnectionError):
        client.call("feed.push", name=trader.feed, rows=[row])
    assert daemon.wait_for_end() == -signal.SIGKILL
    daemon.start()
    with daemon.client() as client, contextlib.closing(connect(daemon.dsn)) as connection:
        trader.client, trader.db = client, connection
        answer = client.call("feed.push", name=trader.feed, rows=[row])
        assert answer["accepted"] + answer["duplicates"] == 1
        assert len(trader.events("SIP_EXECUTED")) == 2
        assert trader.count("paper_trade") == trader.count("mtm_ledger") == trader.count("paper_equity_curve") == 2


def test_a_run_that_the_database_refuses_harms_nobody_else(own_daemon):
    """Somebody stops a run behind the daemon's back; the others on the feed go on."""
    daemon = started(own_daemon)
    with daemon.client() as client, contextlib.closing(connect(daemon.dsn)) as connection:
        alice, bob = Trader(client, connection, "alice"), Trader(client, connection, "bob")
        alice.start(sip())
        bob.start(sip(), feed=alice.feed)
        alice.tick(T1, AAPL="100")
        stop = "UPDATE strategy_run SET status = 'STOPPED' WHERE user_id = %s AND run_id = %s"
        ledger.execute(connection, stop, alice.user_id, alice.run_id)
        before = alice.normalized()
        alice.tick(T2, AAPL="101")
        alice.tick(T3, AAPL="102")
        assert alice.normalized() == before
        assert bob.count("mtm_ledger") == 3
        assert bob.status() == "RUNNING"


def test_idle_it_is_small(own_daemon):
    """Under 30 MiB of resident memory with nothing moving; sanitizers need more, and are not what ships."""
    daemon = started(own_daemon)
    if env.is_sanitized(daemon.build):
        pytest.skip("a sanitizer's shadow memory is no measure")
    status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
    resident_kib = int(status.split("VmRSS:")[1].split()[0])
    assert resident_kib < 30 * 1024


def test_it_says_when_the_postgresql_server_is_missing(own_daemon, tmp_path):
    """With a DSN to nowhere it waits, and says so; SIGTERM still ends it."""
    daemon = own_daemon()
    daemon.dsn = f"host={tmp_path} dbname=tradingd user=postgres"
    daemon.write_config()
    daemon.spawn()
    env.wait_until(lambda: str(tmp_path) in daemon.log_tail(), "a message that names the database's address", 30)
    assert daemon.process.poll() is None
    assert daemon.stop(signal.SIGTERM) == 0
    daemon.dsn = None  # nothing to check


