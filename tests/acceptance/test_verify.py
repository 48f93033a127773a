"""Verification: a sound run is proven, an edited one is told, whoever edited it."""

import contextlib

import ledger
import pytest
from client import RpcError
from trader import rebalance, sip


@pytest.fixture
def busy(make_trader):
    """A run that has had every kind of input."""
    trader = make_trader()
    trader.start(cash="100000")
    trader.tick("2024-01-02T15:00:00Z", AAPL="100", MSFT="50")
    trader.place("buy", "10", "AAPL", client_order_id="mine")
    trader.place("buy", "10", "AAPL", client_order_id="mine")
    trader.place("buy", "5", "AAPL", limit="90", tif="gtc")
    trader.place("buy", "0", "AAPL")
    trader.place("buy", "1", "NONE")
    with contextlib.suppress(RpcError):
        trader.call("order.cancel", order_id=999)
    trader.call("cash.deposit", amount="12.34", note="pocket money")
    trader.tick("2024-01-03T15:00:00Z", AAPL="89", NONE="7")
    trader.place("sell", "3", "AAPL")
    trader.place("buy", "1", "NONE")
    trader.place("buy", "2", "MSFT", limit="40", tif="gtc")
    trader.call("order.cancel", order_id=7)
    trader.place("buy", "2", "MSFT", limit="41", tif="gtc")
    trader.call("cash.withdraw", amount="0.01")
    trader.tick("2024-01-04T15:00:00Z", AAPL="95")
    return trader


def verify(trader):
    page = trader.call("run.verify", run=trader.run_id)
    (row,) = page["rows"]
    return dict(zip(page["columns"], row, strict=True))


@contextlib.contextmanager
def edited(connection, statement, *arguments, undo):
    """A superuser's edit of history, past every guard; undone afterwards."""
    ledger.execute(connection, "SET session_replication_role = replica")
    assert ledger.execute(connection, statement, *arguments) >= 1
    try:
        yield
    finally:
        ledger.execute(connection, undo, *arguments)
        ledger.execute(connection, "RESET session_replication_role")


def test_a_running_run_is_proven(busy):
    row = verify(busy)
    assert (row["verdict"], row["detail"]) == ("bit_exact", "")
    assert row["inputs"] == ledger.value(
        busy.db, "SELECT version FROM engine_state WHERE user_id = %s AND run_id = %s", busy.user_id, busy.run_id
    )


def test_a_stopped_run_is_proven(busy):
    busy.stop()
    assert verify(busy)["verdict"] == "bit_exact"


@pytest.mark.parametrize("strategy", [
    sip(amount="500"),
    rebalance({"AAPL": "0.6", "MSFT": "0.3"}, cash="0.1", every="monthly"),
], ids=["sip", "rebalance"])  # fmt: skip
def test_a_plan_is_proven(make_trader, strategy):
    trader = make_trader()
    trader.start(strategy)
    for day, (apple, microsoft) in enumerate([("100", "50"), ("110", "45"), ("99.5", "61.25")], start=1):
        trader.tick(f"2024-0{day}-15T15:00:00Z", AAPL=apple, MSFT=microsoft)
    assert trader.count("paper_trade") > 0
    assert verify(trader)["verdict"] == "bit_exact"


# What a superuser edits, how it is undone, and the table that the verdict names.
EDITS = {
    "a price": ("paper_trade", "UPDATE paper_trade SET price = price + 1 WHERE run_id = %s AND trade_id = 1",
                "UPDATE paper_trade SET price = price - 1 WHERE run_id = %s AND trade_id = 1"),
    "an open order": ("paper_order", "UPDATE paper_order SET limit_price = 42 WHERE run_id = %s AND status = 'PENDING'",
                      "UPDATE paper_order SET limit_price = 41 WHERE run_id = %s AND status = 'PENDING'"),
    "a mark": ("mtm_ledger", "UPDATE mtm_ledger SET market_value = market_value + 0.01 WHERE run_id = %s",
               "UPDATE mtm_ledger SET market_value = market_value - 0.01 WHERE run_id = %s"),
    "an equity point": ("paper_equity_curve",
                        "UPDATE paper_equity_curve SET cash = cash + 1, equity = equity + 1 WHERE run_id = %s",
                        "UPDATE paper_equity_curve SET cash = cash - 1, equity = equity - 1 WHERE run_id = %s"),
    "a cash movement": ("cash_ledger", "UPDATE cash_ledger SET amount = amount + 1 WHERE run_id = %s AND seq = 1",
                        "UPDATE cash_ledger SET amount = amount - 1 WHERE run_id = %s AND seq = 1"),
    "a position": ("paper_position", "UPDATE paper_position SET realized_pnl = realized_pnl + 1 WHERE run_id = %s",
                   "UPDATE paper_position SET realized_pnl = realized_pnl - 1 WHERE run_id = %s"),
    "an event": ("event_ledger", "UPDATE event_ledger SET key = 'x' WHERE run_id = %s AND seq = 1",
                 "UPDATE event_ledger SET key = '' WHERE run_id = %s AND seq = 1"),
    "the cash": ("engine_state", "UPDATE engine_state SET cash = cash + 1 WHERE run_id = %s",
                 "UPDATE engine_state SET cash = cash - 1 WHERE run_id = %s"),
    "a row too many": ("number of rows", "INSERT INTO event_ledger (user_id, run_id, seq, type)"
                       " SELECT user_id, run_id, 999, 'SIP_EXECUTED' FROM strategy_run WHERE run_id = %s",
                       "DELETE FROM event_ledger WHERE run_id = %s AND seq = 999"),
    "a command": ("paper_order", "UPDATE command_log SET arguments = arguments || '{\"quantity\": \"11\"}'"
                  " WHERE run_id = %s AND arguments->>'client_order_id' = 'mine' AND run_version = 3",
                  "UPDATE command_log SET arguments = arguments || '{\"quantity\": \"10\"}'"
                  " WHERE run_id = %s AND arguments->>'client_order_id' = 'mine' AND run_version = 3"),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_history_is_told(busy, edit):
    table, statement, undo = EDITS[edit]
    with edited(busy.db, statement, busy.run_id, undo=undo):
        row = verify(busy)
    assert row["verdict"] == "diverged", row
    assert row["detail"].startswith(table), row
    assert verify(busy)["verdict"] == "bit_exact"


def test_a_changed_configuration_is_not_replayed(busy):
    with edited(
        busy.db,
        "UPDATE strategy_run SET config = jsonb_set(config, '{market_buffer}', '\"0.03\"') WHERE run_id = %s",
        busy.run_id,
        undo="UPDATE strategy_run SET config = jsonb_set(config, '{market_buffer}', '\"0.02\"') WHERE run_id = %s",
    ):
        row = verify(busy)
    assert row["verdict"] == "non_replayable"
    assert "configuration" in row["detail"]


def test_another_users_run_is_not_found(busy, make_trader):
    stranger = make_trader()
    with pytest.raises(RpcError) as refused:
        stranger.call("run.verify", run=busy.run_id)
    assert refused.value.code == "NOT_FOUND"


def test_the_whole_ledger(busy):
    page = busy.client.call("ledger.verify")
    verdicts = {row[0]: row[1] for row in page["rows"]}
    assert verdicts["invariants"] == "sound"
    assert verdicts[f"run {busy.run_id} of {busy.name}"] == "bit_exact"
