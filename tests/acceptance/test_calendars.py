"""Calendars and schedules from outside: what an exchange's days are, when plans are due, and that what runs saw of a
calendar is recorded with them."""

import contextlib
import csv
import datetime
import pathlib
from decimal import Decimal

import ledger
import pytest
import reference
from client import RpcError
from conftest import connect
from environment import wait_until
from trader import Trader

SP500 = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "data" / "sp500-2000.csv"

MONTHLY = """strategy = "sip"
fill_at = "close"

[sip]
amount = "1000"
every = "monthly"
trading_day = "last"
at = "close-15m"
funding = "deposit"

[sip.weights]
AAPL = "1"
"""


def table(page):
    return [dict(zip(page["columns"], row, strict=True)) for row in page["rows"]]


def verdict(caller, run_id):
    (row,) = table(caller("run.verify", run=run_id))
    return row["verdict"], row["detail"]


def test_calendar_list_names_what_is_shipped(api):
    rows = table(api.call("calendar.list"))
    assert [row["calendar"] for row in rows] == ["ALWAYS", "XBOM", "XHKG", "XLON", "XNAS", "XNSE", "XNYS", "XTKS"]
    assert {row["zone"] for row in rows if row["calendar"] in ("XBOM", "XNSE")} == {"Asia/Kolkata"}


def test_calendar_show_has_sessions_half_days_and_closings(api):
    days = {row["session_date"]: row for row in table(api.call("calendar.show", name="XNYS", year=2026))}
    assert len(days) == 261  # every weekday
    assert sum(row["kind"] == "closed" for row in days.values()) == 10
    assert days["2026-11-27"] == {
        "session_date": "2026-11-27", "weekday": "Fri", "kind": "special", "hours": "09:30-13:00",
        "opens": "2026-11-27T14:30:00Z", "closes": "2026-11-27T18:00:00Z",
    }  # fmt: skip
    special = table(api.call("calendar.show", name="XNSE", year=2024, special=True))
    hours = {row["session_date"]: row["hours"] for row in special if row["kind"] == "special"}
    assert hours == {
        "2024-01-20": "09:15-15:30", "2024-03-02": "09:15-10:00 11:30-12:30",
        "2024-05-18": "09:15-10:00 11:45-12:40", "2024-11-01": "18:00-19:00",
    }  # fmt: skip
    first = api.call("calendar.show", name="XTKS", year=2020, limit=2)
    rest = api.call("calendar.show", name="XTKS", year=2020, after=first["next"])
    assert len(first["rows"]) == 2 and first["rows"][-1] != rest["rows"][0] and rest["next"] is None


def test_calendar_is_open_and_its_refusals(api):
    lunch = api.call("calendar.is_open", name="XTKS", time="2024-11-05T03:00:00Z")
    assert (lunch["market_open"], lunch["session_date"]) == (False, "2024-11-05")
    assert api.call("calendar.is_open", name="XNSE", time="2023-11-12T13:00:00Z")["market_open"] is True
    closed = api.call("calendar.is_open", name="XNYS", time="2026-01-03T15:00:00Z")
    assert (closed["market_open"], closed["session_date"]) == (False, "2026-01-05")
    for arguments in ({"name": "XPAR"}, {"name": "XNYS", "time": "noon"}):
        with pytest.raises(RpcError):
            api.call("calendar.is_open", **arguments)
    with pytest.raises(RpcError, match="1901 to 2199"):
        api.call("calendar.show", name="XNYS", year=1492)


def test_tradectl_says_is_open(server):
    import environment as env

    done = env.run_tradectl(server.build, server.base_url, "calendar", "is-open", "XNYS", "2026-01-05T15:00:00Z")
    assert done.returncode == 0 and "2026-01-05T21:00:00Z" in done.stdout
    wrong = env.run_tradectl(server.build, server.base_url, "calendar", "is-opn", "XNYS")
    assert wrong.returncode == 2 and "is-open" in wrong.stderr


def test_the_schedule_has_past_and_next_installments(make_trader):
    trader = make_trader()
    trader.add_feed(calendar="XNYS")
    trader.start(MONTHLY)
    trader.tick("2020-10-30T19:44:00Z", AAPL="100")
    trader.tick("2020-10-30T19:45:00Z", AAPL="100")  # summer time still
    trader.tick("2020-11-30T20:44:00Z", AAPL="100")
    trader.tick("2020-11-30T20:46:00Z", AAPL="100")
    rows = table(trader.call("run.schedule", next=2))
    assert [
        (row["k"], row["due"], row["due_time"], row["executed_time"], row["status"], row["amount"]) for row in rows
    ] == [
        ("0", "2020-10-30", "2020-10-30T19:45:00Z", "2020-10-30T19:45:00Z", "EXECUTED", "1000"),
        ("1", "2020-11-30", "2020-11-30T20:45:00Z", "2020-11-30T20:46:00Z", "EXECUTED", "1000"),
        ("2", "2020-12-31", "2020-12-31T20:45:00Z", None, "PLANNED", "1000"),
        ("3", "2021-01-29", "2021-01-29T20:45:00Z", None, "PLANNED", "1000"),
    ]
    trader.stop()
    assert len(table(trader.call("run.schedule", run=trader.run_id))) == 2  # nothing is to come
    assert verdict(trader.call, trader.run_id) == ("bit_exact", "")
    with pytest.raises(RpcError):
        trader.call("run.schedule", run=10**9)


def test_an_installment_ends_once_whoever_writes(make_trader, db):
    trader = make_trader()
    trader.start(MONTHLY.replace('trading_day = "last"\nat = "close-15m"', "day = 1"))
    trader.tick("2020-10-30T19:45:00Z", AAPL="100")
    (event,) = trader.events("SIP_EXECUTED")
    for kind in ("SIP_EXECUTED", "SIP_SKIPPED"):
        with ledger.refused(ledger.UNIQUE_VIOLATION):
            ledger.insert(
                db, "event_ledger", trader.user_id, trader.run_id,
                type=kind, logical_time="2020-10-30T20:00:00Z", key=event["key"],
            )  # fmt: skip


def test_a_recorded_calendar_that_was_changed_is_no_proof(make_trader, db):
    trader = make_trader()
    trader.add_feed(calendar="XLON")
    trader.start(MONTHLY)
    trader.tick("2020-10-30T16:15:00Z", AAPL="100")
    assert verdict(trader.call, trader.run_id)[0] == "bit_exact"
    hashes = ledger.query(
        db, "SELECT calendar_hash FROM feed_calendar JOIN market_feed USING (feed_id) WHERE name = %s", trader.feed
    )
    assert len(hashes) == 1
    change = "UPDATE trading_calendar SET sessions = replace(sessions, %s, %s) WHERE name = 'XLON'"
    ledger.execute(db, change, "28800 ", "28860 ")
    try:
        verified, detail = verdict(trader.call, trader.run_id)
    finally:
        ledger.execute(db, change, "28860 ", "28800 ")
    assert verified == "non_replayable" and "calendar" in detail
    assert verdict(trader.call, trader.run_id)[0] == "bit_exact"


CALENDAR = """title = "Ours"
zone = "Europe/Berlin"
[hours]
1901-01-01 = "09:00-17:30"
"""


def test_a_calendar_of_ones_own_can_be_corrected_while_runs_go_on(own_daemon):
    daemon = own_daemon()
    folder = daemon.folder / "calendars"
    folder.mkdir()
    file = folder / "XOUR.toml"
    file.write_text(CALENDAR)
    daemon.write_config(extra=f'[calendars]\ndirectory = "{folder}"')
    daemon.start()
    with daemon.client() as client, contextlib.closing(connect(daemon.dsn)) as db:
        trader = Trader(client, db, "ours")
        trader.add_feed(calendar="XOUR")
        trader.start(MONTHLY)
        trader.tick("2026-01-30T16:20:00Z", AAPL="100")
        # A holiday is announced: the last trading day of February is another.
        file.write_text(CALENDAR + "[sessions]\n2026-02-26 = \"09:00-12:00\"\n[holidays]\n2026 = [\"02-27\"]\n")
        client.call("reload")
        trader.tick("2026-02-26T10:46:00Z", AAPL="100")
        due = [row["payload"]["due_time"] for row in trader.events("SIP_EXECUTED")]
        assert due == ["2026-01-30T16:15:00Z", "2026-02-26T10:45:00Z"]
        assert ledger.value(db, "SELECT count(*) FROM feed_calendar") == 2
        # A broken file is refused whole.
        file.write_text(CALENDAR + "[sessions]\n2026-02-26 = \"9-12\"\n")
        with pytest.raises(RpcError, match="sessions.2026-02-26"):
            client.call("reload")
        assert verdict(trader.call, trader.run_id) == ("bit_exact", "")
        file.write_text(CALENDAR)
    daemon.stop()
    daemon.start()
    with daemon.client() as client, contextlib.closing(connect(daemon.dsn)) as db:
        trader = Trader.__new__(Trader)
        trader.client, trader.db, trader.name, trader.feed = client, db, "ours", "f-ours"
        assert verdict(trader.call, ledger.value(db, "SELECT max(run_id) FROM strategy_run"))[0] == "bit_exact"
        assert trader.tick("2026-02-27T16:20:00Z", AAPL="100")["accepted"] == 1
        assert verdict(trader.call, ledger.value(db, "SELECT max(run_id) FROM strategy_run"))[0] == "bit_exact"


def test_twenty_years_of_daily_bars_equal_the_reference(own_daemon):
    """A CSV file through the daemon, on the exchange's calendar, against the reference simulation: each bar's equity."""
    daemon = own_daemon()
    (daemon.feeds / "sp500.csv").write_bytes(SP500.read_bytes())
    (daemon.feeds / "sp500.csv").chmod(0o644)
    with SP500.open() as lines:
        bars = [
            (
                datetime.date.fromisoformat(row["date"]),
                {"SPX": tuple(Decimal(row[name]) for name in ("open", "high", "low", "close"))},
            )
            for row in csv.DictReader(lines)
        ]
    plans = {
        "sip": """strategy = "sip"
fill_at = "next_open"

[sip]
every = "monthly"
trading_day = 1
residue = "keep"

[sip.symbol_amounts]
SPX = "10000"
""",
        "rebalance": """strategy = "rebalance"
fill_at = "next_open"

[rebalance]
every = "quarterly"
trading_day = 1
cash = "0.05"
min_order = "0"

[rebalance.weights]
SPX = "0.95"
""",
    }
    expected = {
        "sip": reference.simulate_sip(bars, "5000000", {"SPX": "10000"}),
        "rebalance": reference.simulate_rebalance(bars, "5000000", {"SPX": "0.95"}),
    }
    daemon.start()
    with daemon.client() as client, contextlib.closing(connect(daemon.dsn)) as db:
        client.call("feed.add", name="us", kind="csv", file="sp500.csv", symbol="SPX", calendar="XNYS")
        traders = {}
        for name, plan in plans.items():
            traders[name] = Trader(client, db, name)
            traders[name].start(plan, cash="5000000", feed="us")
        client.call("feed.resume", name="us")
        wait_until(lambda: all(trader.count("mtm_ledger") == len(bars) for trader in traders.values()), "the replay")
        for name, trader in traders.items():
            rows = trader.rows("paper_equity_curve", "logical_time")
            measured = [
                (row["logical_time"].astimezone(datetime.timezone.utc).date(), row["equity"], row["cash"]) for row in rows
            ]
            for mine, theirs in zip(measured, expected[name], strict=True):
                assert mine == theirs, name
            assert verdict(trader.call, trader.run_id) == ("bit_exact", "")
        assert len(traders["sip"].events("SIP_EXECUTED")) == len({(day.year, day.month) for day, _ in bars})
