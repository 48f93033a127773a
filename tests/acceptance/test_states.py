"""Who is halted, by whom, and what it stops: runs, users, everybody; also while the daemon is frozen."""

import os
import signal
import time

import ledger
import pytest
from client import RpcError
from conftest import connect
from trader import MANUAL, Trader

T1, T2, T3 = "2024-01-02T15:00:00Z", "2024-01-02T15:01:00Z", "2024-01-02T15:02:00Z"


@pytest.fixture
def running(make_trader):
    """A trader with a RUNNING run and a price."""

    def make(**arguments):
        trader = make_trader(**arguments)
        trader.start(MANUAL)
        trader.tick(T1, AAPL="100")
        return trader

    return make


def state_of(trader):
    return trader.call("run.show")["trading_state"]


def bit_exact(trader):
    (verdict,) = trader.call("run.verify", run=trader.run_id)["rows"]
    return "bit_exact" in verdict


def test_a_users_halt_holds_for_the_run_he_has_and_for_the_next(running):
    trader = running()
    answer = trader.call("halt", reason="exam")
    assert (answer["scope"], answer["trading_state"], answer["user_name"]) == ("user", "HALTED", trader.name)
    rejected = trader.place("buy", "1", "AAPL")
    assert (rejected["reason"], rejected["reason_detail"]) == ("TRADING_HALTED", "state_of=user")
    trader.stop()
    first = trader.run_id
    trader.start(MANUAL)
    assert state_of(trader) == "HALTED"
    trader.call("resume", reason="over")
    assert trader.place("buy", "1", "AAPL")["status"] == "FILLED"
    (verdict,) = trader.call("run.verify", run=first)["rows"]
    assert "bit_exact" in verdict, verdict
    assert bit_exact(trader)


def test_a_runs_halt_is_that_runs_alone_and_the_strictest_counts(running):
    trader = running()
    trader.call("halt", run=trader.run_id, reason="mine")
    trader.call("halt", reason="his", reducing=True)
    trader.call("resume", run=trader.run_id, reason="back")
    assert state_of(trader) == "REDUCING"
    assert trader.place("buy", "1", "AAPL")["reason_detail"] == "state_of=user"
    payloads = [e["payload"] for e in trader.events("TRADING_STATE_CHANGED")]
    assert [(p.get("scope"), p["trading_state"]) for p in payloads] == [
        (None, "HALTED"), ("user", "HALTED"), ("run", "REDUCING")]  # fmt: skip
    assert bit_exact(trader)


def test_everybody_is_halted_and_resumed(own_daemon):
    daemon = own_daemon()
    daemon.start()
    connection = connect(daemon.dsn)
    with daemon.client() as client:
        traders = [Trader(client, connection, f"all{i}") for i in range(3)]
        for trader in traders:
            trader.start(MANUAL)
            trader.tick(T1, AAPL="100")
        assert client.call("halt", all=True, reason="fire drill")["scope"] == "daemon"
        assert client.call("status")["trading_state"] == "HALTED"
        assert [t.place("buy", "1", "AAPL")["reason_detail"] for t in traders] == ["state_of=daemon"] * 3
        client.call("resume", all=True, reason="over")
        assert [t.place("buy", "1", "AAPL")["status"] for t in traders] == ["FILLED"] * 3
    connection.close()


def test_a_restart_keeps_who_is_halted(own_daemon):
    daemon = own_daemon()
    daemon.start()
    connection = connect(daemon.dsn)
    with daemon.client() as client:
        trader = Trader(client, connection, "kept")
        trader.start(MANUAL)
        trader.tick(T1, AAPL="100")
        trader.call("halt", reason="overnight")
    daemon.kill()
    daemon.start()
    with daemon.client() as client:
        trader.client = client
        assert trader.place("buy", "1", "AAPL")["reason"] == "TRADING_HALTED"
        assert len(trader.events("TRADING_STATE_CHANGED")) == 1
        assert bit_exact(trader)
    connection.close()


def test_a_frozen_daemon_is_halted_in_the_database_itself_and_obeys_when_it_wakes(own_daemon):
    daemon = own_daemon()
    daemon.start()
    connection = connect(daemon.dsn)
    with daemon.client() as client:
        trader = Trader(client, connection, "frozen")
        trader.start(MANUAL)
        trader.tick(T1, AAPL="100")
        trader.place("buy", "5", "AAPL")
        daemon.process.send_signal(signal.SIGSTOP)
        # What is asked of it while it is frozen must not be done either.
        client.send("order.place", user="frozen", side="buy", quantity="1", symbol="AAPL")
        done = daemon.command("--halt", "user:frozen", "--reason", "it hangs")
        assert done.returncode == 0, done.stderr
        daemon.process.send_signal(signal.SIGCONT)
        answer = client.read_message()
        assert "TRADING_HALTED" in str(answer), answer
        assert trader.place("buy", "1", "AAPL")["reason"] == "TRADING_HALTED"
        assert trader.place("sell", "1", "AAPL")["reason"] == "TRADING_HALTED"
        trader.tick(T2, AAPL="101")
        assert trader.count("paper_trade") == 1
        assert [e["payload"]["cause"] for e in trader.events("TRADING_STATE_CHANGED")] == ["it hangs"]
        assert bit_exact(trader)
        trader.call("resume", reason="mended")
        sold = trader.place("sell", "1", "AAPL")
        assert sold["status"] == "FILLED", str(sold)
    connection.close()


def test_a_run_that_was_halted_in_the_database_is_resumed_as_a_run(own_daemon):
    daemon = own_daemon()
    daemon.start()
    connection = connect(daemon.dsn)
    with daemon.client() as client:
        trader = Trader(client, connection, "onerun")
        trader.start(MANUAL)
        trader.tick(T1, AAPL="100")
        assert daemon.command("--halt", f"run:{trader.run_id}").returncode == 0
        answer = None
        try:
            answer = trader.place("buy", "1", "AAPL")
        except RpcError as error:
            assert "TRADING_HALTED" in error.message
        assert answer is None or answer["reason"] == "TRADING_HALTED"
        trader.call("resume", run=trader.run_id, reason="checked")
        assert trader.place("buy", "1", "AAPL")["status"] == "FILLED"
        assert bit_exact(trader)
        assert daemon.command("--halt", "run:99999").returncode == 1
        assert daemon.command("--halt", "bob").returncode == 64
    connection.close()


def test_the_database_refuses_orders_of_a_halted_user_whoever_writes_them(running, db):
    trader = running()
    trader.call("halt", reason="exam")
    insert = "INSERT INTO paper_order (user_id, run_id, order_id, symbol, quantity, status) VALUES (%s, %s, 77, 'AAPL', 1, %s)"
    with pytest.raises(Exception) as refusal:
        ledger.execute(db, insert, trader.user_id, trader.run_id, "PENDING")
    assert refusal.value.pgcode == "TD006"
    trader.call("resume", reason="over")


def test_limits_of_a_user_hold_at_once_and_are_reproduced(running):
    trader = running()
    client = trader.client
    client.call("user.set-limits", name=trader.name, limits="max_order_notional=500 max_open_orders=2")
    rejected = trader.place("buy", "6", "AAPL")
    assert rejected["reason"] == "NOTIONAL_ABOVE_MAXIMUM"
    assert rejected["reason_detail"] == "notional=600 maximum=500 limit_of=user"
    row = client.call("user.set-limits", name=trader.name, limits="max_order_notional=none forbidden_symbols=GME")
    assert row["limits"] == {"max_open_orders": "2", "forbidden_symbols": ["GME"]}
    assert trader.place("buy", "6", "AAPL")["status"] == "FILLED"
    for wrong in ("max_ordr_notional=5", "max_drawdown=2", "max_drawdown", "", "max_open_orders=-1"):
        with pytest.raises(RpcError):
            client.call("user.set-limits", name=trader.name, limits=wrong)
    assert [e["payload"]["limits"] for e in trader.events("LIMITS_CHANGED")] == [
        "max_order_notional=500 max_open_orders=2", "max_open_orders=2 forbidden_symbols=GME"]  # fmt: skip
    trader.stop()
    trader.start(MANUAL)
    assert len(trader.events("LIMITS_CHANGED")) == 1
    assert bit_exact(trader)


def test_a_user_is_added_with_limits(api):
    name = f"limited-{os.getpid()}-{time.time_ns()}"
    row = api.call("user.add", name=name, limits="max_drawdown=0.2")
    assert row["limits"] == {"max_drawdown": "0.2"}
    with pytest.raises(RpcError, match="did you mean max_drawdown"):
        api.call("user.add", name=name + "x", limits="max_drawdon=0.2")
