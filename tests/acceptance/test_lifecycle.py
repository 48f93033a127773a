"""RL: the life of a run, and what the database refuses by itself outside of it."""

import pytest
from client import RpcError

import ledger

# What the plan names for RL-02 and RL-03, and the two tables that it doesn't.
GUARDED = ledger.CHILDREN
WRITE_REFUSED = ("TD002", ledger.FOREIGN_KEY_VIOLATION)

# A second row of each child, for runs that have the minimal one; engine_state and engine_status have one row a run.
FURTHER_ROWS = {
    "paper_order": {"order_id": 9002},
    "paper_trade": {"trade_id": 9002},
    "paper_position": {"symbol": "MSFT"},
    "cash_ledger": {"seq": 9002},
    "mtm_ledger": {"logical_time": "2024-01-03T10:00:00Z"},
    "paper_equity_curve": {"logical_time": "2024-01-03T10:00:00Z"},
    "event_ledger": {"seq": 9002, "logical_time": "2024-01-03T10:00:00Z"},
}


def fill_children(db, user_id, run_id):
    for table in ledger.CHILDREN:
        assert ledger.insert(db, table, user_id, run_id) == 1


def set_status(db, user_id, run_id, status):
    return ledger.execute(
        db, "UPDATE strategy_run SET status = %s WHERE user_id = %s AND run_id = %s", status, user_id, run_id
    )


def status_of(db, user_id, run_id):
    return ledger.value(db, "SELECT status FROM strategy_run WHERE user_id = %s AND run_id = %s", user_id, run_id)


def assert_rejects_writes(db, user_id, run_id):
    """Every insert fails, and no row is there that was not there before."""
    before = ledger.counts(db, user_id, run_id)
    for table in GUARDED:
        with ledger.refused(*WRITE_REFUSED):
            ledger.insert(db, table, user_id, run_id)
    assert ledger.counts(db, user_id, run_id) == before


def test_rl_01_a_running_run_takes_engine_state(db, sql_run):
    user_id, run_id = sql_run("RUNNING")
    assert ledger.insert(db, "engine_state", user_id, run_id) == 1
    assert ledger.count(db, "engine_state", user_id, run_id) == 1


def test_rl_02_a_stopped_run_rejects_writes(db, sql_run):
    assert_rejects_writes(db, *sql_run("STOPPED"))


def test_rl_03_a_run_in_error_rejects_writes(db, sql_run):
    assert_rejects_writes(db, *sql_run("ERROR"))


@pytest.mark.parametrize("final", ["STOPPED", "ERROR"])
def test_rl_02_03_a_run_that_has_rows_rejects_further_ones(db, sql_run, final):
    user_id, run_id = sql_run("RUNNING")
    fill_children(db, user_id, run_id)
    set_status(db, user_id, run_id, final)
    before = ledger.counts(db, user_id, run_id)
    for table, columns in FURTHER_ROWS.items():
        with ledger.refused("TD002"):
            ledger.insert(db, table, user_id, run_id, **columns)
    for statement in (
        "UPDATE engine_state SET cash = 1 WHERE user_id = %s AND run_id = %s",
        "UPDATE engine_status SET message = 'x' WHERE user_id = %s AND run_id = %s",
        "UPDATE paper_order SET status = 'CANCELED' WHERE user_id = %s AND run_id = %s",
        "UPDATE paper_position SET realized_pnl = 1 WHERE user_id = %s AND run_id = %s",
    ):
        with ledger.refused("TD002"):
            ledger.execute(db, statement, user_id, run_id)
    assert ledger.counts(db, user_id, run_id) == before


@pytest.mark.parametrize("partitioned", ["mtm_ledger", "paper_equity_curve"])
def test_rl_02_a_partition_is_no_way_around(db, sql_run, partitioned):
    user_id, run_id = sql_run("STOPPED")
    last = ledger.one(
        db,
        """SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
           WHERE i.inhparent = %s::regclass AND pg_get_expr(c.relpartbound, c.oid) LIKE '%%TO (MAXVALUE)'""",
        partitioned,
    )["name"]
    with ledger.refused(*WRITE_REFUSED):
        ledger.execute(
            db, f"INSERT INTO {last} (user_id, run_id, logical_time) VALUES (%s, %s, 'infinity')", user_id, run_id
        )
    assert ledger.count(db, partitioned, user_id, run_id) == 0


@pytest.mark.parametrize(
    "final, to", [("STOPPED", "RUNNING"), ("STOPPED", "ERROR"), ("ERROR", "RUNNING"), ("ERROR", "STOPPED")]
)
def test_rl_04_a_final_status_stays(db, sql_run, final, to):
    user_id, run_id = sql_run(final)
    with ledger.refused():
        set_status(db, user_id, run_id, to)
    assert status_of(db, user_id, run_id) == final


def test_rl_05_one_running_run_for_a_user(db, sql_run):
    user_id, _ = sql_run("RUNNING")
    with ledger.refused(ledger.UNIQUE_VIOLATION):
        sql_run("RUNNING", user_id=user_id)
    running = "SELECT count(*) FROM strategy_run WHERE user_id = %s AND status = 'RUNNING'"
    assert ledger.value(db, running, user_id) == 1


def test_rl_05_over_the_socket(make_trader):
    trader = make_trader()
    trader.start()
    with pytest.raises(RpcError) as caught:
        trader.call("run.start", feed=trader.feed, strategy='strategy = "manual"', initial_cash="1")
    assert caught.value.code == "CONFLICT"
    assert trader.status() == "RUNNING"


@pytest.mark.parametrize("table", ledger.CHILDREN)
def test_rl_06_user_and_run_belong_together(db, sql_run, table):
    user_a, run_a = sql_run("RUNNING")
    user_b, run_b = sql_run("RUNNING")
    if table == "paper_trade":
        ledger.insert(db, "paper_order", user_a, run_a)
    with ledger.refused(ledger.FOREIGN_KEY_VIOLATION):
        ledger.insert(db, table, user_a, run_b)
    assert ledger.count(db, table, user_a, run_b) == 0
    assert ledger.count(db, table, user_b, run_b) == 0


@pytest.mark.parametrize("status", ["RUNNING", "STOPPED"])
def test_rl_07_deleting_a_run_takes_its_rows(db, sql_run, status):
    user_id, run_id = sql_run("RUNNING")
    fill_children(db, user_id, run_id)
    set_status(db, user_id, run_id, status)
    other_user, other_run = sql_run("RUNNING")
    fill_children(db, other_user, other_run)
    assert ledger.execute(db, "DELETE FROM strategy_run WHERE user_id = %s AND run_id = %s", user_id, run_id) == 1
    assert set(ledger.counts(db, user_id, run_id).values()) == {0}
    assert set(ledger.counts(db, other_user, other_run).values()) == {1}


def test_rl_07_run_delete_over_the_socket(make_trader):
    trader = make_trader()
    trader.start()
    trader.tick("2024-01-02T10:00:00Z", AAPL="100")
    trader.place("buy", "10", "AAPL")
    with pytest.raises(RpcError):
        trader.call("run.delete", run=trader.run_id)
    assert trader.count("paper_trade") == 1
    trader.stop()
    trader.call("run.delete", run=trader.run_id)
    assert set(trader.counts().values()) == {0}
    assert trader.count("strategy_run") == 0


def test_rl_08_start_a_run(make_trader):
    trader = make_trader()
    row = trader.start(cash="2500")
    assert row["status"] == "RUNNING"
    assert trader.status() == "RUNNING"
    assert trader.count("engine_status") == 1
    assert trader.count("engine_state") == 1
    (initial,) = trader.rows("cash_ledger")
    assert (initial["kind"], initial["amount"], initial["balance"]) == ("initial", 2500, 2500)


def test_rl_09_stop_a_run(make_trader, db):
    trader = make_trader()
    trader.start()
    trader.tick("2024-01-02T10:00:00Z", AAPL="100")
    trader.stop()
    assert trader.status() == "STOPPED"
    before = trader.counts()
    trader.tick("2024-01-03T10:00:00Z", AAPL="101")
    with pytest.raises(RpcError):
        trader.place("buy", "1", "AAPL")
    assert trader.counts() == before
    for table, columns in FURTHER_ROWS.items():
        if table != "paper_trade":  # it needs an order, which this run has not
            with ledger.refused("TD002"):
                ledger.insert(db, table, trader.user_id, trader.run_id, **columns)
    assert trader.counts() == before


def test_every_table_of_the_design_is_there(db):
    tables = (
        "app_user strategy_run engine_state engine_status paper_order paper_trade paper_position cash_ledger mtm_ledger"
        " paper_equity_curve event_ledger market_feed market_bar engine_shard command_log schema_version"
    )
    for table in tables.split():
        assert ledger.value(db, f"SELECT count(*) FROM {table}") >= 0


FORBIDDEN_TO_THE_DAEMON = [
    "DELETE FROM paper_trade",
    "DELETE FROM strategy_run",
    "TRUNCATE paper_trade",
    "UPDATE paper_trade SET price = 1",
    "UPDATE cash_ledger SET amount = 1",
    "UPDATE event_ledger SET payload = '{}'",
    "UPDATE strategy_run SET initial_cash = 1",
    "DROP TABLE paper_trade",
    "ALTER TABLE paper_trade DISABLE TRIGGER ALL",
    "CREATE TABLE anything (a int)",
    "CREATE TEMPORARY TABLE anything (a int)",
    "SET session_replication_role = replica",
    "LOCK TABLE strategy_run IN ACCESS EXCLUSIVE MODE",
]


@pytest.mark.parametrize("statement", FORBIDDEN_TO_THE_DAEMON)
def test_the_daemons_own_role_may_not(db, statement):
    db.autocommit = False
    ledger.execute(db, "SET LOCAL ROLE tradingd_runtime")
    with ledger.refused("42501"):
        ledger.execute(db, statement)
    db.rollback()


@pytest.mark.parametrize("statement", [
    "INSERT INTO app_user (name) VALUES ('nobody-by-report')",
    "UPDATE strategy_run SET status = 'STOPPED'",
    "DELETE FROM paper_order",
])  # fmt: skip
def test_reports_may_only_read(db, statement):
    db.autocommit = False
    ledger.execute(db, "SET LOCAL ROLE tradingd_readonly")
    assert ledger.value(db, "SELECT count(*) FROM strategy_run") >= 0
    with ledger.refused("42501"):
        ledger.execute(db, statement)
    db.rollback()
