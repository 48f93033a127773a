"""IR, LG, MU, DR, CC and FI: exactly once, whole or not at all, apart from each other, and the same each time."""

import threading

import psycopg2
import pytest
from client import RpcError
from conftest import connect

import ledger
from trader import Trader, rebalance, sip

T1 = "2024-01-02T15:00:00Z"
T2 = "2024-01-03T15:00:00Z"
T3 = "2024-01-04T15:00:00Z"


def walk(trader, prices, symbol="AAPL", month="01"):
    """Pushes one tick a day."""
    for day, price in enumerate(prices, 2):
        trader.tick(f"2024-{month}-{day:02}T15:00:00Z", **{symbol: str(price)})


def test_ir_01_the_same_tick_twice(make_trader):
    trader = make_trader()
    trader.start(sip())
    trader.tick(T1, AAPL="100")
    before, rows = trader.counts(), trader.normalized()
    for _ in range(3):
        trader.tick(T1, AAPL="100")
    assert trader.counts() == before
    assert trader.normalized() == rows


def test_ir_02_an_exception_in_a_transaction_leaves_nothing(make_trader, server):
    trader = make_trader()
    trader.start()
    trader.tick(T1, AAPL="100")
    before, rows = trader.counts(), trader.normalized()
    connection = connect(server.dsn)
    connection.autocommit = False
    with pytest.raises(ZeroDivisionError):
        with connection:
            state = "UPDATE engine_state SET cash = cash - 100 WHERE user_id = %s AND run_id = %s"
            assert ledger.execute(connection, state, trader.user_id, trader.run_id) == 1
            for table in ("paper_order", "paper_trade", "mtm_ledger", "event_ledger"):
                assert ledger.insert(connection, table, trader.user_id, trader.run_id) == 1
            raise ZeroDivisionError
    connection.close()
    assert trader.counts() == before
    assert trader.normalized() == rows


def test_ir_03_retrying_a_tick_has_its_effects_once(make_trader, server):
    """A client that didn't wait for the answer sends the tick again, over another connection."""
    trader = make_trader()
    trader.start(sip())
    row = {"time": T1, "symbol": "AAPL", "price": "100"}
    hasty = Trader.__new__(Trader)
    hasty.client = type(trader.client)(server.base_url)
    hasty.client.send("feed.push", name=trader.feed, rows=[row])
    hasty.client.close()
    answer = trader.tick(T1, AAPL="100")
    assert answer["accepted"] + answer["duplicates"] == 1
    assert len(trader.events("SIP_EXECUTED")) == 1
    assert trader.count("paper_trade") == trader.count("mtm_ledger") == trader.count("paper_equity_curve") == 1


def test_ir_03_an_older_tick_is_refused(make_trader):
    trader = make_trader()
    trader.start(sip())
    trader.tick(T2, AAPL="100")
    rows = trader.normalized()
    answer = trader.tick(T1, AAPL="90")
    assert answer["accepted"] == 0 and len(answer["rejected"]) == 1
    assert trader.normalized() == rows


def test_lg_01_order_trade_and_position_agree(make_trader, db):
    trader = make_trader()
    trader.start()
    trader.tick(T1, AAPL="100", MSFT="50")
    trader.place("buy", "10", "AAPL")
    trader.place("buy", "20", "MSFT")
    trader.tick(T2, AAPL="110", MSFT="45")
    trader.place("sell", "3", "AAPL")
    assert trader.counts()["paper_order"] == trader.counts()["paper_trade"] == 3
    dangling = """SELECT count(*) FROM paper_trade t LEFT JOIN paper_order o USING (user_id, run_id, order_id)
                  WHERE t.user_id = %s AND t.run_id = %s AND (o.order_id IS NULL OR o.status <> 'FILLED'
                        OR (o.symbol, o.side, o.filled) IS DISTINCT FROM (t.symbol, t.side, t.quantity))"""
    assert ledger.value(db, dangling, trader.user_id, trader.run_id) == 0
    differing = """SELECT count(*) FROM paper_position p FULL JOIN
                     (SELECT symbol, sum(CASE side WHEN 'buy' THEN quantity ELSE -quantity END) AS held FROM paper_trade
                      WHERE user_id = %s AND run_id = %s GROUP BY symbol) t USING (symbol)
                   WHERE p.user_id = %s AND p.run_id = %s AND p.quantity IS DISTINCT FROM t.held"""
    both = (trader.user_id, trader.run_id) * 2
    assert ledger.value(db, differing, *both) == 0
    assert {row["symbol"]: row["quantity"] for row in trader.rows("paper_position")} == {"AAPL": 7, "MSFT": 20}
    with ledger.refused(ledger.FOREIGN_KEY_VIOLATION):
        ledger.insert(db, "paper_trade", trader.user_id, trader.run_id, order_id=777)


def test_lg_02_equity_is_cash_plus_market_value(make_trader, db):
    trader = make_trader()
    trader.start(sip(amount="333.33", every="daily"), cash="1000")
    walk(trader, ["10.01", "9.99", "10.5", "11", "3.33333333"])
    points = trader.rows("paper_equity_curve", "logical_time")
    marks = trader.rows("mtm_ledger", "logical_time")
    assert len(points) == len(marks) == 5
    for point, mark in zip(points, marks):
        assert point["equity"] == point["cash"] + point["mtm"]
        assert point["mtm"] == mark["market_value"]
    assert points[-1]["cash"] == trader.rows("engine_state")[0]["cash"]
    assert sum(row["amount"] for row in trader.rows("cash_ledger")) == points[-1]["cash"]
    with ledger.refused("23514"):
        ledger.insert(db, "paper_equity_curve", trader.user_id, trader.run_id, logical_time=T3, cash=1, mtm=1, equity=3)


def test_mu_01_two_users_are_apart(make_trader):
    alice, bob = make_trader(), make_trader()
    alice.start(cash="1000")
    bob.start(feed=alice.feed, cash="5000")
    alice.tick(T1, AAPL="100")
    alice.place("buy", "2", "AAPL")
    bob.place("buy", "7", "AAPL")
    bob.place("buy", "1", "AAPL")
    assert (alice.count("paper_trade"), bob.count("paper_trade")) == (1, 2)
    assert (alice.rows("paper_position")[0]["quantity"], bob.rows("paper_position")[0]["quantity"]) == (2, 8)
    assert ledger.count(alice.db, "paper_order", alice.user_id, bob.run_id) == 0
    assert ledger.count(alice.db, "paper_order", bob.user_id, alice.run_id) == 0
    assert len(alice.client.rows("order.list", user=alice.name)) == 1
    for method in ("order.list", "run.show", "run.stop"):
        with pytest.raises(RpcError) as error:
            alice.call(method, run=bob.run_id)
        assert error.value.code == "NOT_FOUND"
    assert bob.status() == "RUNNING"


def test_mu_02_two_runs_of_a_user_are_apart(make_trader):
    trader = make_trader()
    first = trader.start(cash="1000")["run_id"]
    trader.tick(T1, AAPL="100")
    trader.place("buy", "2", "AAPL")
    trader.stop()
    before = trader.counts(first)
    second = trader.start(cash="2000")["run_id"]
    assert second != first
    trader.tick(T2, AAPL="110")
    trader.place("buy", "3", "AAPL")
    assert trader.counts(first) == before
    assert [row["quantity"] for row in trader.rows("paper_trade")] == [3]
    assert trader.rows("engine_state")[0]["cash"] == 1670
    assert (trader.status(first), trader.status(second)) == ("STOPPED", "RUNNING")


@pytest.mark.parametrize("strategy", [
    sip(amount="700", every="weekly", weights={"AAPL": "0.5", "MSFT": "0.5"}),
    rebalance({"AAPL": "0.5", "MSFT": "0.3"}, cash="0.2", every="weekly"),
])  # fmt: skip
def test_dr_01_the_same_feed_gives_the_same_ledger(make_trader, strategy):
    traders = [make_trader(), make_trader()]
    for trader in traders:
        trader.start(strategy, cash="12345.67")
        for day in range(2, 28):
            trader.tick(f"2024-01-{day:02}T15:00:00Z", AAPL=f"{100 + day * 7 % 13}.{day:02}", MSFT=f"{50 + day * 5 % 11}.5")
    first, second = (trader.normalized() for trader in traders)
    assert traders[0].count("paper_trade") > 3
    for table in first:
        assert first[table] == second[table], table


def test_cc_01_a_stop_waits_for_an_open_tick(db, second_db, sql_run):
    user_id, run_id = sql_run("RUNNING")
    ledger.insert(db, "engine_state", user_id, run_id)
    db.autocommit = False
    ledger.insert(db, "paper_order", user_id, run_id)
    ledger.execute(second_db, "SET lock_timeout = '300ms'")
    stop = "UPDATE strategy_run SET status = 'STOPPED' WHERE user_id = %s AND run_id = %s"
    with ledger.refused("55P03"):
        ledger.execute(second_db, stop, user_id, run_id)
    ledger.insert(db, "paper_trade", user_id, run_id)
    db.commit()
    assert ledger.execute(second_db, stop, user_id, run_id) == 1
    with ledger.refused("TD002"):
        ledger.insert(db, "paper_order", user_id, run_id, order_id=9002)
    db.rollback()
    db.autocommit = True
    assert ledger.counts(db, user_id, run_id, ("paper_order", "paper_trade")) == {"paper_order": 1, "paper_trade": 1}


def test_cc_01_ticks_against_a_stop_over_the_socket(make_trader, server):
    """Each tick is there whole or not at all, and nothing follows the stop."""
    trader = make_trader()
    trader.start(sip(amount="100", every="daily"))
    trader.tick("2024-01-02T15:00:00Z", AAPL="10")
    failures = []

    def push():
        client = type(trader.client)(server.base_url)
        try:
            for minute in range(40):
                client.call("feed.push", name=trader.feed,
                            rows=[{"time": f"2024-01-03T15:{minute:02}:00Z", "symbol": "AAPL", "price": "10"}])  # fmt: skip
        except Exception as error:  # noqa: BLE001 - handed to the test's own thread
            failures.append(error)
        finally:
            client.close()

    thread = threading.Thread(target=push)
    thread.start()
    trader.stop()
    at_stop = trader.normalized()
    thread.join()
    assert failures == []
    assert trader.normalized() == at_stop
    assert trader.status() == "STOPPED"
    assert trader.count("mtm_ledger") == trader.count("paper_equity_curve")
    assert trader.count("paper_order") == trader.count("paper_trade") == len(trader.events("SIP_EXECUTED"))


def test_cc_02_two_ticks_of_the_same_time(make_trader, server):
    trader = make_trader()
    trader.start(sip())
    answers, start = [], threading.Barrier(4)

    def push():
        client = type(trader.client)(server.base_url)
        start.wait()
        answers.append(client.call("feed.push", name=trader.feed, rows=[{"time": T1, "symbol": "AAPL", "price": "100"}]))
        client.close()

    threads = [threading.Thread(target=push) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer["accepted"] for answer in answers) == [0, 0, 0, 1]
    assert sum(answer["duplicates"] for answer in answers) == 3
    assert len(trader.events("SIP_EXECUTED")) == 1
    assert trader.count("paper_trade") == trader.count("mtm_ledger") == 1


def test_cc_02_the_database_takes_one_of_two_concurrent_marks(db, second_db, sql_run):
    user_id, run_id = sql_run("RUNNING")
    db.autocommit = False
    ledger.insert(db, "event_ledger", user_id, run_id, type="SIP_EXECUTED", key="0")
    outcome = []

    def insert_too():
        try:
            ledger.insert(second_db, "event_ledger", user_id, run_id, type="SIP_EXECUTED", key="0", seq=9002)
            outcome.append(None)
        except psycopg2.Error as error:
            outcome.append(error.pgcode)

    thread = threading.Thread(target=insert_too)
    thread.start()
    db.commit()
    db.autocommit = True
    thread.join()
    assert outcome == [ledger.UNIQUE_VIOLATION]
    assert ledger.count(db, "event_ledger", user_id, run_id) == 1


def test_fi_01_trades_and_marks_can_be_driven_apart(db, sql_run):
    user_id, run_id = sql_run("RUNNING")
    db.autocommit = False
    for table in ("paper_order", "paper_trade", "event_ledger"):
        ledger.insert(db, table, user_id, run_id)
    db.commit()
    assert ledger.count(db, "mtm_ledger", user_id, run_id) == 0
    ledger.insert(db, "mtm_ledger", user_id, run_id)
    db.rollback()
    assert ledger.count(db, "mtm_ledger", user_id, run_id) == 0
    ledger.insert(db, "mtm_ledger", user_id, run_id)
    db.commit()
    db.autocommit = True
    with ledger.refused(ledger.UNIQUE_VIOLATION):
        ledger.insert(db, "mtm_ledger", user_id, run_id)
    at_time = "SELECT count(*) FROM mtm_ledger WHERE user_id = %s AND run_id = %s AND logical_time = %s"
    assert ledger.value(db, at_time, user_id, run_id, ledger.TIME) == 1
