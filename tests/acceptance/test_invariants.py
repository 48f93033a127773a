"""Every invariant of sql/invariants.sql fires on the corruption that it is for, and no other does.

The corruptions are a superuser's, with triggers and foreign keys off, each in a transaction of its own that is rolled
back. Where a rule of the table itself stands in the way, it is dropped first.
"""

import contextlib
import re
import uuid

import pytest
from conftest import connect

import environment as env
import ledger
from trader import Trader, sip

DAYS = [f"2024-01-{day:02}T15:00:00Z" for day in range(2, 8)]


def trade(client, connection):
    """Alice: a plan, then stopped. Carol: orders of every fate, halted for a while, running, and last a trade."""
    alice, carol = Trader(client, connection, "alice"), Trader(client, connection, "carol")
    alice.start(sip())
    alice.tick(DAYS[0], AAPL="100")
    alice.place("buy", "1", "AAPL", limit="10", tif="gtc")
    alice.tick(DAYS[1], AAPL="101")
    alice.stop()
    carol.start()
    carol.tick(DAYS[0], AAPL="100", MSFT="50")
    carol.place("buy", "10", "AAPL", client_order_id="mine")
    carol.place("buy", "0", "AAPL")
    carol.place("buy", "5", "AAPL", limit="90", tif="gtc")
    carol.call("order.cancel", order_id=3)
    carol.place("buy", "5", "AAPL", limit="80", tif="gtc")
    carol.call("halt", run=carol.run_id, reason="lunch")
    carol.call("resume", run=carol.run_id, reason="after lunch")
    carol.place("sell", "3", "AAPL")
    carol.tick(DAYS[1], AAPL="99")
    carol.tick(DAYS[2], AAPL="98")
    carol.place("buy", "1", "AAPL")
    return alice, carol


@pytest.fixture(scope="module")
def corrupted(cluster):
    """A sound ledger of a daemon that has been stopped: a function that corrupts it and tells which invariants fire."""
    folder = env.private_folder("tradingd-invariants")
    daemon = env.Daemon(folder / "daemon", cluster.create_database(f"inv_{uuid.uuid4().hex[:12]}"))
    try:
        daemon.migrate()
        daemon.start()
        with daemon.client() as client, contextlib.closing(connect(daemon.dsn)) as connection:
            alice, carol = trade(client, connection)
            user = ledger.new_user(connection, "bare")
            bare = f"{user}, {ledger.new_run(connection, user, 'RUNNING')}"
        assert daemon.stop() == 0
        places = {"alice": f"user_id = {alice.user_id}", "carol": f"user_id = {carol.user_id}", "bare": bare, "user": user}

        def corrupt(*statements):
            with contextlib.closing(connect(daemon.dsn)) as connection:
                connection.autocommit = False
                ledger.execute(connection, "SET LOCAL session_replication_role = replica")
                for statement in statements:
                    assert ledger.execute(connection, statement.format(**places)) != 0, f"touches nothing: {statement}"
                with connection.cursor() as cursor:
                    cursor.execute(ledger.INVARIANTS.read_text())
                    return {row["invariant"] for row in cursor.fetchall()}

        yield corrupt
    finally:
        daemon.kill()
        env.remove(folder)


ORDER = "INSERT INTO paper_order (user_id, run_id, order_id, symbol, quantity, status, filled, client_order_id) VALUES"
EVENT = "INSERT INTO event_ledger (user_id, run_id, seq, type, key, logical_time) VALUES"
MARK = "INSERT INTO mtm_ledger (user_id, run_id, logical_time) VALUES"
FREE_ORDERS = "ALTER TABLE paper_order DISABLE TRIGGER guard_transition"
LAST = "logical_time = (SELECT max(logical_time) FROM {table} l WHERE {{{who}}})"
LAST_EQUITY = LAST.format(table="paper_equity_curve", who="carol")
ALICES_LAST_EQUITY = LAST.format(table="paper_equity_curve", who="alice")
ALICES_LAST_MARK = LAST.format(table="mtm_ledger", who="alice")

# What fires, and what was done.
CORRUPTIONS = [
    ("orphan_engine_state", "INSERT INTO engine_state (user_id, run_id) VALUES (777, 777)"),
    ("orphan_engine_status", "INSERT INTO engine_status (user_id, run_id) VALUES (777, 777)"),
    ("orphan_paper_order", f"{ORDER} (777, 777, 1, 'AAPL', 1, 'PENDING', 0, NULL)"),
    # A trade of nobody has no order either.
    ("orphan_paper_trade trade_of_order",
     "INSERT INTO paper_trade (user_id, run_id, trade_id, order_id, symbol, quantity, price) VALUES (777, 777, 1, 1, 'A', 1, 1)"),
    ("orphan_paper_position", "INSERT INTO paper_position (user_id, run_id, symbol) VALUES (777, 777, 'AAPL')"),
    ("orphan_cash_ledger",
     "INSERT INTO cash_ledger (user_id, run_id, seq, kind, amount, balance) VALUES (777, 777, 1, 'deposit', 1, 1)"),
    ("orphan_mtm_ledger", f"{MARK} (777, 777, '2024-01-02')"),
    ("orphan_paper_equity_curve", "INSERT INTO paper_equity_curve (user_id, run_id, logical_time) VALUES (777, 777, '2024-01-02')"),
    ("orphan_event_ledger", f"{EVENT} (777, 777, 1, 'RUN_STARTED', '', '2024-01-02')"),
    ("duplicate_mark", "ALTER TABLE mtm_ledger DROP CONSTRAINT mtm_ledger_pkey",
     f"{MARK} ({{bare}}, '2024-01-02'), ({{bare}}, '2024-01-02')"),
    ("two_running_runs", "DROP INDEX strategy_run_one_running_idx", "INSERT INTO strategy_run (user_id) VALUES ({user})"),
    ("status_mirror", "INSERT INTO engine_state (user_id, run_id, run_status) VALUES ({bare}, 'STOPPED')"),
    ("trade_of_order", FREE_ORDERS, "UPDATE paper_order SET placed_at = placed_at + interval '1 h' WHERE {carol} AND order_id = 1"),
    ("cash_of_trade",
     "INSERT INTO cash_ledger (user_id, run_id, seq, kind, amount, balance, trade_id) VALUES ({bare}, 1, 'trade', 1, 1, 99)"),
    ("duplicate_client_order_id", "DROP INDEX paper_order_client_order_id_idx",
     f"{ORDER} ({{bare}}, 1, 'AAPL', 1, 'PENDING', 0, 'mine'), ({{bare}}, 2, 'AAPL', 1, 'PENDING', 0, 'mine')"),
    ("installment_twice", "DROP INDEX event_ledger_installment_idx",
     f"{EVENT} ({{bare}}, 1, 'SIP_EXECUTED', '3', '2024-01-02'), ({{bare}}, 2, 'SIP_EXECUTED', '3', '2024-01-03')"),
    ("lease", "UPDATE engine_shard SET holder = 'somebody', epoch = 5, expires_at = NULL WHERE shard_id = 7"),
    ("feed_counts", "UPDATE market_feed SET ticks = ticks + 1 WHERE name = 'f-carol'"),
    ("tick_rows", "UPDATE market_tick SET rows = rows + 1"),
    ("cash_is_sum", "UPDATE engine_state SET cash = cash + 1 WHERE {carol}"),
    ("cash_chain", "UPDATE cash_ledger SET balance = balance + 1 WHERE {carol} AND seq = 2"),
    ("initial_cash", "UPDATE strategy_run SET initial_cash = initial_cash + 1 WHERE {carol}"),
    ("cash_reserved", "UPDATE engine_state SET reserved = reserved + 1 WHERE {carol}"),
    ("trade_cash",
     """UPDATE paper_trade SET fee = fee + 1, fee_parts = fee_parts || '{{"more": "1"}}' WHERE {carol} AND trade_id = 1"""),
    ("fee_is_its_parts", "ALTER TABLE paper_trade DROP CONSTRAINT paper_trade_fee_is_its_parts",
     """UPDATE paper_trade SET fee_parts = fee_parts || '{{"more": "1"}}' WHERE {carol} AND trade_id = 1"""),
    # The trade then misses the cash that it moved.
    ("cash_kind trade_cash", "UPDATE cash_ledger SET trade_id = NULL WHERE {carol} AND seq = 2"),
    ("order_filled", FREE_ORDERS, "UPDATE paper_order SET filled = 1 WHERE {carol} AND order_id = 3"),
    ("order_status_of_fills", f"{ORDER} ({{bare}}, 1, 'AAPL', 2, 'PENDING', 1, NULL)"),
    ("rejected_for_a_reason", FREE_ORDERS, "UPDATE paper_order SET reason = NULL WHERE {carol} AND status = 'REJECTED'"),
    # What was traded after lunch was ordered then.
    ("order_while_halted trade_while_halted",
     """UPDATE event_ledger SET payload = jsonb_set(payload, '{{trading_state}}', '"HALTED"')
        WHERE {carol} AND type = 'TRADING_STATE_CHANGED' AND payload ->> 'trading_state' = 'ACTIVE'"""),
    ("order_against_control",
     """INSERT INTO trading_control (user_id, run_id, trading_state, revision, changed_at)
        SELECT user_id, 0, 'HALTED', 1, '-infinity' FROM strategy_run WHERE {carol}"""),
    ("open_order_after_stop", FREE_ORDERS, "UPDATE paper_order SET status = 'PENDING' WHERE {alice} AND status = 'CANCELED'"),
    ("value_domain", "ALTER TABLE paper_trade DROP CONSTRAINT paper_trade_price_check",
     "UPDATE paper_trade SET price = 0 WHERE {carol} AND trade_id = 1"),
    ("position_is_trades", "UPDATE paper_position SET quantity = quantity + 1 WHERE {carol}"),
    ("position_cost", "UPDATE paper_position SET cost = cost + 1 WHERE {carol}"),
    ("position_is_its_lots", "ALTER TABLE paper_position DROP CONSTRAINT paper_position_is_its_lots",
     "UPDATE paper_position SET lots = '[]' WHERE {carol}"),
    ("short_without_leave", "ALTER TABLE paper_position DISABLE TRIGGER guard_short",
     "INSERT INTO paper_position (user_id, run_id, symbol, quantity) VALUES ({bare}, 'X', -1)"),
    ("equity_is_cash_and_marks", "ALTER TABLE paper_equity_curve DROP CONSTRAINT paper_equity_curve_check",
     "UPDATE paper_equity_curve SET equity = equity + 1 WHERE {carol}"),
    ("equity_and_mark_pair", "UPDATE mtm_ledger SET market_value = market_value + 1 WHERE {carol}"),
    ("archived_twice", "INSERT INTO run_archive (user_id, run_id, equity_until) SELECT user_id, run_id, max(logical_time)"
     " FROM paper_equity_curve WHERE {carol} GROUP BY user_id, run_id"),
    ("equity_cash", "UPDATE paper_equity_curve SET cash = cash + 1, equity = equity + 1 WHERE {carol} AND " + LAST_EQUITY),
    ("equity_marks", "UPDATE paper_equity_curve SET mtm = mtm + 1, equity = equity + 1 WHERE {alice} AND " + ALICES_LAST_EQUITY,
     "UPDATE mtm_ledger SET market_value = market_value + 1 WHERE {alice} AND " + ALICES_LAST_MARK),
    ("mark_for_each_tick", "DELETE FROM mtm_ledger WHERE {carol} AND logical_time < '2024-01-03'",
     "DELETE FROM paper_equity_curve WHERE {carol} AND logical_time < '2024-01-03'"),
    ("counters", "UPDATE engine_state SET next_order = next_order + 1 WHERE {carol}"),
    ("nothing_after_last_time", "UPDATE engine_state SET last_logical_time = last_logical_time - interval '1 h' WHERE {carol}"),
    ("nothing_after_stop", "UPDATE engine_state SET last_logical_time = last_logical_time + interval '1 h' WHERE {alice}"),
    ("end_of_run", "ALTER TABLE strategy_run DISABLE TRIGGER guard_update",
     "UPDATE strategy_run SET stopped_at = NULL WHERE {alice}"),
    ("command_version", "UPDATE command_log SET run_version = 9999 WHERE {carol}"),
]  # fmt: skip


def test_the_uncorrupted_ledger_is_sound(corrupted):
    assert corrupted() == set()


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=[one[0].replace(" ", "+") for one in CORRUPTIONS])
def test_a_corruption_is_found_and_named(corrupted, corruption):
    name, *statements = corruption
    assert corrupted(*statements) == set(name.split())


def test_every_invariant_has_its_corruption():
    text = ledger.INVARIANTS.read_text()
    names = set(re.findall(r"^  SELECT '(\w+)',", text, re.MULTILINE))
    children = re.findall(r"SELECT (?:DISTINCT )?'(\w+)'(?: AS name)?, user_id", text.split("'orphan_' ||")[1].split("child\n")[0])
    names |= {f"orphan_{child}" for child in children}
    assert names, "the file has changed its form"
    assert names == {name for one in CORRUPTIONS for name in one[0].split()}
