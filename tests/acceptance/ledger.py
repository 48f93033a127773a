"""What the suite asks of and does to the ledger by SQL."""

import contextlib
import pathlib

import psycopg2
import pytest

INVARIANTS = pathlib.Path(__file__).resolve().parents[2] / "sql" / "invariants.sql"

# The plan's post-run assertions, word for word; each must find nothing.
ORPHANS = """
    SELECT COUNT(*) FROM engine_state es LEFT JOIN strategy_run sr ON sr.user_id=es.user_id AND sr.run_id=es.run_id
    WHERE sr.run_id IS NULL;"""
DUPLICATES = """
    SELECT user_id, run_id, logical_time, COUNT(*) FROM mtm_ledger
    GROUP BY user_id, run_id, logical_time HAVING COUNT(*) > 1;"""
RUNNING_TWICE = """
    SELECT user_id, COUNT(*) FROM strategy_run WHERE status='RUNNING' GROUP BY user_id HAVING COUNT(*) > 1;"""

# A row of each child of a run, with no more than it must have. `n` keeps keys apart.
TIME = "2024-01-02T10:00:00Z"
MINIMAL_ROWS = {
    "engine_state": {},
    "engine_status": {},
    "paper_order": {"order_id": 9001, "symbol": "AAPL", "quantity": 1},
    "paper_trade": {"trade_id": 9001, "order_id": 9001, "symbol": "AAPL", "quantity": 1, "price": 100},
    "paper_position": {"symbol": "AAPL"},
    "cash_ledger": {"seq": 9001, "kind": "deposit", "amount": 1, "balance": 1},
    "mtm_ledger": {"logical_time": TIME},
    "paper_equity_curve": {"logical_time": TIME},
    "event_ledger": {"seq": 9001, "type": "SIP_EXECUTED", "logical_time": TIME},
}
CHILDREN = tuple(MINIMAL_ROWS)


def execute(connection, statement, *arguments):
    """Runs a statement; the number of rows that it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return cursor.rowcount


def query(connection, statement, *arguments):
    """All rows, as maps."""
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return cursor.fetchall()


def one(connection, statement, *arguments):
    """The only row, as a map."""
    rows = query(connection, statement, *arguments)
    assert len(rows) == 1, f"{len(rows)} rows instead of one: {statement} {arguments}"
    return rows[0]


def value(connection, statement, *arguments):
    """The only value of the only row."""
    (result,) = one(connection, statement, *arguments).values()
    return result


def count(connection, table, user_id, run_id):
    return value(connection, f"SELECT count(*) FROM {table} WHERE user_id = %s AND run_id = %s", user_id, run_id)


def counts(connection, user_id, run_id, tables=CHILDREN):
    """How many rows a run has in each table."""
    return {table: count(connection, table, user_id, run_id) for table in tables}


def insert(connection, table, user_id, run_id, **columns):
    """Inserts a minimal row of the run, with `columns` over it."""
    row = {"user_id": user_id, "run_id": run_id, **MINIMAL_ROWS[table], **columns}
    names, places = ", ".join(row), ", ".join(["%s"] * len(row))
    return execute(connection, f"INSERT INTO {table} ({names}) VALUES ({places})", *row.values())


def new_user(connection, name):
    return value(connection, "INSERT INTO app_user (name) VALUES (%s) RETURNING user_id", name)


def new_run(connection, user_id, status):
    return value(
        connection, "INSERT INTO strategy_run (user_id, status) VALUES (%s, %s) RETURNING run_id", user_id, status
    )


@contextlib.contextmanager
def refused(*sqlstates):
    """The database itself must refuse what is done inside; with `sqlstates`, for one of these reasons."""
    with pytest.raises(psycopg2.Error) as caught:
        yield caught
    if sqlstates:
        assert caught.value.pgcode in sqlstates, f"refused with {caught.value.pgcode}: {caught.value}"


UNIQUE_VIOLATION = "23505"
FOREIGN_KEY_VIOLATION = "23503"


def assert_sound(connection):
    """The plan's three assertions, and every invariant that the schema ships with."""
    assert value(connection, ORPHANS) == 0, "engine_state rows without a run"
    assert query(connection, DUPLICATES) == [], "a logical time marked twice"
    assert query(connection, RUNNING_TWICE) == [], "a user with two RUNNING runs"


def assert_invariants(connection):
    """Every query of sql/invariants.sql finds nothing."""
    with connection.cursor() as cursor:
        cursor.execute(INVARIANTS.read_text())
        assert cursor.fetchall() == [], "broken invariants"


# Columns that differ between equal ledgers: surrogate ids and wall-clock times.
NORMALIZED = {
    "strategy_run": "status, strategy, config, config_hash, initial_cash, trading_state",
    "engine_state": "last_logical_time, last_mark_time, feed_time, cash, reserved, trading_state, strategy_state, version, next_order,"
    " next_trade, next_cash_seq, next_event_seq, digest",
    "paper_order": "order_id, client_order_id, symbol, side, type, tif, source, status, reason, reason_detail, quantity,"
    " filled, limit_price, stop_price, trail_amount, trail_percent, expires_at, notional, take_profit, stop_loss,"
    " replaces_order_id, group_id, reserved, session_date, placed_at, updated_at, triggered_at",
    "paper_trade": "trade_id, order_id, logical_time, symbol, side, quantity, price, notional, fee, fee_parts, slippage,"
    " realized_pnl",
    "paper_position": "symbol, quantity, cost, realized_pnl, lots, bar_time, bar_traded",
    "cash_ledger": "seq, logical_time, kind, amount, balance, trade_id, note",
    "mtm_ledger": "logical_time, market_value, unrealized_pnl",
    "paper_equity_curve": "logical_time, cash, mtm, equity",
    "event_ledger": "seq, logical_time, type, key, payload",
}


def normalized(connection, user_id, run_id):
    """A run's whole ledger without surrogate ids and wall-clock times, in a fixed order."""
    result = {}
    for table, columns in NORMALIZED.items():
        rows = query(
            connection,
            f"SELECT row_to_json(r)::text AS row FROM (SELECT {columns} FROM {table} WHERE user_id = %s AND run_id = %s) r"
            " ORDER BY 1",
            user_id, run_id,
        )  # fmt: skip
        result[table] = [row["row"] for row in rows]
    return result
