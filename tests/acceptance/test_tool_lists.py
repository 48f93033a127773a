"""tradectl's lists: in time, sorted, by name, long ones; who did what; what a monitoring system is told."""

import datetime
import json
import os
import subprocess

import pytest
from client import RpcError
from environment import is_sanitized, run_tradectl, tool

DONE, REFUSED, USAGE = 0, 1, 2
DAYS = [f"2024-01-{day:02d}T15:00:00Z" for day in range(1, 31)]


@pytest.fixture
def tradectl(server):
    return lambda *arguments, **options: run_tradectl(server.build, server.base_url, *arguments, **options)


@pytest.fixture
def trader(make_trader):
    """A month of daily prices; one share bought each tenth day."""
    trader = make_trader()
    trader.start(cash="10000")
    for number, day in enumerate(DAYS):
        trader.tick(day, AAPL=str(100 + number))
        if number % 10 == 0:
            trader.place("buy", "1", "AAPL")
    return trader


def listed(tradectl, trader, *arguments):
    done = tradectl("--user", trader.name, "--json", *arguments)
    assert done.returncode == DONE, done.stderr
    return json.loads(done.stdout)


def test_lists_in_time(tradectl, trader):
    equity = listed(tradectl, trader, "equity", "--since", "5d")
    assert [row["logical_time"][:10] for row in equity] == [f"2024-01-{day}" for day in range(25, 31)], "from the last tick"
    equity = listed(tradectl, trader, "equity", "--since", "2024-01-10", "--until", "2024-01-12")
    assert [row["logical_time"][:10] for row in equity] == ["2024-01-10", "2024-01-11"]
    assert len(listed(tradectl, trader, "trade", "list", "--since", "2024-01-05")) == 2
    assert len(listed(tradectl, trader, "order", "list", "--until", "2024-01-05")) == 1
    assert len(listed(tradectl, trader, "order", "list", "--symbol", "MSFT")) == 0
    assert [row["type"] for row in listed(tradectl, trader, "event", "list", "--type", "RUN_STARTED")] == ["RUN_STARTED"]


def test_equity_between_two_ticks(tradectl, make_trader):
    """An order changes cash into a position, or back: what the run is worth stays, fees and spread aside."""
    trader = make_trader()
    trader.start(cash="100000")
    trader.tick(DAYS[0], AAPL="100", MSFT="33.33333333")
    for side, quantity, symbol, value, unrealized in [
        ("buy", "900", "AAPL", "90000", "0"), ("buy", "3", "MSFT", "90099.99999999", "0"),
        ("sell", "100", "AAPL", "80099.99999999", "0"),
    ]:  # fmt: skip
        assert trader.place(side, quantity, symbol)["status"] == "FILLED"
        run = listed(tradectl, trader, "run", "show")
        (row,) = listed(tradectl, trader, "run", "list")
        assert (run["equity"], run["profit"]) == ("100000", "0")
        for found in (run, row):
            assert (found["equity"], found["market_value"], found["unrealized_pnl"]) == ("100000", value, unrealized)
    trader.tick(DAYS[1], AAPL="110", MSFT="33.33333333")
    before = listed(tradectl, trader, "run", "show")
    assert (before["equity"], before["unrealized_pnl"]) == ("108000", "8000")
    trader.call("cash.deposit", amount="5")
    after = listed(tradectl, trader, "run", "show")
    assert (after["market_value"], after["equity"], after["profit"]) == (before["market_value"], "108005", "8000")
    (row,) = listed(tradectl, trader, "run", "list", "--since", "1h")
    assert row["run_id"] == trader.run_id
    assert listed(tradectl, trader, "run", "list", "--until", "2d") == []


def test_lists_sorted(tradectl, trader):
    prices = [row["price"] for row in listed(tradectl, trader, "trade", "list", "--sort", "-price", "--limit", "2")]
    assert prices == ["120", "110"]
    done = tradectl("--user", trader.name, "trade", "list", "--sort", "prize")
    assert done.returncode == USAGE and "did you mean 'price'?" in done.stderr


def test_a_run_by_the_beginning_of_its_name(tradectl, make_trader):
    trader = make_trader()
    trader.add_feed()
    run = trader.call("run.start", feed=trader.feed, strategy='strategy = "manual"\n', name="retirement")
    assert listed(tradectl, trader, "run", "show", "retire")["run_id"] == run["run_id"]
    assert tradectl("--user", trader.name, "order", "list", "--run", "retire").returncode == DONE
    done = tradectl("--user", trader.name, "run", "show", "rx")
    assert done.returncode == REFUSED and "rx" in done.stderr
    stopped = listed(tradectl, trader, "run", "stop", "retirement")
    assert (stopped["run_id"], stopped["status"]) == (run["run_id"], "STOPPED")


def test_feeds_users_and_orders_by_the_beginnings_of_their_names(tradectl, make_trader, tmp_path):
    trader = make_trader()
    trader.start()
    trader.tick(DAYS[0], AAPL="100")
    for name, limit in [("swing-1", "50"), ("swing-2", "51"), ("hedge", "52")]:
        trader.place("buy", "1", "AAPL", limit=limit, tif="gtc", client_order_id=name)
    user, feed = trader.name[:10], trader.feed[:12]
    assert listed(tradectl, trader, "feed", "show", feed)["name"] == trader.feed
    assert len(listed(tradectl, trader, "instrument", "list", feed)) == 1
    assert json.loads(tradectl("--user", user, "--json", "order", "list").stdout)[2]["client_order_id"] == "hedge"
    assert json.loads(tradectl("--json", "user", "show", user).stdout)["name"] == trader.name
    done = tradectl("--user", user, "order", "cancel", "swing")
    assert done.returncode == REFUSED and "1 (swing-1), 2 (swing-2); give the number" in done.stderr, done.stderr
    canceled = json.loads(tradectl("--user", user, "--json", "order", "cancel", "hed").stdout)
    assert (canceled["order_id"], canceled["status"]) == (3, "CANCELED")
    other = make_trader()
    other.add_feed()
    (strategy := tmp_path / "manual.toml").write_text('strategy = "manual"\n')
    started = tradectl("--user", other.name[:10], "--json", "run", "start", "--feed", other.feed[:12], "--strategy", strategy,
                       "--request-id", f"start-{other.name}")  # fmt: skip
    assert started.returncode == DONE and json.loads(started.stdout)["status"] == "RUNNING", started.stderr
    # The one that is open is meant.
    assert tradectl("--user", user, "order", "cancel", "1").returncode == DONE
    replaced = json.loads(tradectl("--user", user, "--json", "order", "replace", "swing", "--limit", "49").stdout)
    assert replaced["replaces_order_id"] == 2
    done = tradectl("feed", "pause", "f-t")
    assert done.returncode == REFUSED and ("can be" in done.stderr or feed in done.stderr), done.stderr
    for arguments in (["instrument", "list", "nowhere"], ["--user", user, "trade", "list", "--run", "999999999"]):
        done = tradectl(*arguments)
        assert done.returncode == REFUSED and "there is no" in done.stderr, done.stderr


def test_who_did_what(tradectl, trader):
    trader.place("buy", "1000000", "AAPL")
    rows = listed(tradectl, trader, "audit")
    assert [row["method"] for row in rows] == ["run.start"] + ["order.place"] * 4
    assert rows[1]["result"] == "order 1 FILLED" and rows[1]["arguments"]["quantity"] == "1"
    assert "REJECTED INSUFFICIENT_CASH" in rows[-1]["result"]
    assert all(row["user_name"] == trader.name and row["ok"] for row in rows)
    assert len(listed(tradectl, trader, "audit", "--since", "1h", "--method", "order.place")) == 4
    assert listed(tradectl, trader, "audit", "--since", "2999-01-01") == []
    done = tradectl("--json", "audit", "--all", "--since", "1h")
    everybody = json.loads(done.stdout)
    assert {"user.add", "feed.add", "order.place"} <= {row["method"] for row in everybody}
    times = [datetime.datetime.fromisoformat(row["created_at"]) for row in everybody]
    assert times == sorted(times)


def test_metrics(tradectl, trader, tmp_path):
    trader.place("buy", "1000000", "AAPL")
    done = tradectl("metrics")
    assert done.returncode == DONE, done.stderr
    samples = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines() if not line.startswith("#"))
    assert samples["tradingd_serving"] == "1" and samples["tradingd_database_available"] == "1"
    assert int(samples['tradingd_orders_rejected_total{reason="INSUFFICIENT_CASH"}']) >= 1
    assert samples[f'tradingd_feed_ticks_total{{feed="{trader.feed}"}}'] == "30"
    assert samples[f'tradingd_feed_rows_total{{feed="{trader.feed}",result="accepted"}}'] == "30"
    assert int(samples['tradingd_commit_seconds_bucket{le="+Inf"}']) == int(samples["tradingd_commit_seconds_count"]) >= 30
    assert int(samples["tradingd_tick_seconds_count"]) >= 30
    file = tmp_path / "tradingd.prom"
    file.write_text("old")
    assert tradectl("metrics", "--write", file).stdout == ""
    assert file.read_text().startswith("# HELP") and list(tmp_path.iterdir()) == [file]
    assert tradectl("metrics", "--write", tmp_path / "no" / "where").returncode == REFUSED
    checked = subprocess.run([tool("promtool"),  "check", "metrics"], input=file.read_text(), capture_output=True, text=True)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


ROWS = 100_000
PEAK_KB = 64 * 1024


def memory_kb(pid, name):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(name):
            return int(line.split()[1])
    raise AssertionError(name)


def test_a_list_of_100000_rows_takes_bounded_memory(server, make_trader, db, sql_run):
    """Both sides turn pages: neither ever holds the list."""
    trader = make_trader()
    user_id, run_id = sql_run(user_id=trader.user_id)
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO paper_equity_curve (user_id, run_id, logical_time, cash, mtm, equity)"
            " SELECT %s, %s, timestamptz '2000-01-01Z' + n * interval '1 minute', 1000000.12345678, n, 1000000.12345678 + n"
            " FROM generate_series(1, %s) n",
            (user_id, run_id, ROWS),
        )
    pid = server.daemon.process.pid if server.daemon else None
    # AddressSanitizer keeps up to 256 MB of what was freed.
    peak_kb = PEAK_KB + (512 * 1024 if is_sanitized(server.build) else 0)
    before = memory_kb(pid, "VmRSS") if pid else 0
    child = subprocess.Popen(
        [server.build / "tradectl", "--user", trader.name, "--csv", "equity", str(run_id)],
        env={"BASE_URL": server.base_url}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    lines = sum(1 for _ in child.stdout)
    _, status, usage = os.wait4(child.pid, 0)
    assert (status, lines) == (0, ROWS + 1)
    assert usage.ru_maxrss < peak_kb, f"tradectl took {usage.ru_maxrss} kB"
    if pid:
        grown = memory_kb(pid, "VmHWM") - before
        assert grown < peak_kb, f"the daemon took {grown} kB more"
    # A reader that has enough ends it without a complaint.
    piped = subprocess.run(
        ["sh", "-c", f'"{server.build}/tradectl" --user {trader.name} equity {run_id} | head -3'],
        env={"BASE_URL": server.base_url, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
    )  # fmt: skip
    assert len(piped.stdout.splitlines()) == 3 and piped.stderr == ""


def test_a_curve_is_thinned_out_in_the_database(make_trader, db, sql_run):
    trader = make_trader()
    user_id, run_id = sql_run(user_id=trader.user_id)
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO paper_equity_curve (user_id, run_id, logical_time, cash, equity)"
            " SELECT %s, %s, timestamptz '2000-01-01Z' + n * interval '1 minute', c, c FROM generate_series(0, 19999) n,"
            " LATERAL (SELECT CASE n WHEN 7777 THEN 900 WHEN 12345 THEN 1 ELSE 100 + n %% 50 END) AS v (c)",
            (user_id, run_id),
        )

    def points(number, **arguments):
        page = trader.call("equity.list", run=run_id, points=number, **arguments)
        assert page["columns"] == ["logical_time", "cash", "mtm", "equity"] and page["next"] is None
        return [(row[0], row[3]) for row in page["rows"]]

    few = points(400)
    assert 200 < len(few) <= 404
    assert few == sorted(few, key=lambda point: point[0])
    assert {few[0], few[-1]} == {("2000-01-01T00:00:00Z", "100"), ("2000-01-14T21:19:00Z", "149")}
    assert {"900", "1"} <= {value for _, value in few}, "what stands out is there"
    assert len(points(1)) == 4
    assert points(100, since="2000-01-01T01:00:00Z", until="2000-01-01T02:00:00Z") == [
        (f"2000-01-01T01:{n:02}:00Z", str(100 + (60 + n) % 50)) for n in range(60)
    ], "fewer than asked for: all of them"
    assert points(10, since="2030-01-01") == []
    for wrong in (0, -1, 10_001):
        with pytest.raises(RpcError, match="points"):
            points(wrong)
