"""MT: installments and rebalances at their times, once, and only in a session."""

import ledger
from trader import rebalance, sip

TABLES_BY_TIME = ("mtm_ledger", "paper_equity_curve")


def assert_once_per_logical_time(trader):
    """The plan's counts by logical time are 1 at most."""
    for table in TABLES_BY_TIME:
        times = [row["logical_time"] for row in trader.rows(table)]
        assert len(times) == len(set(times)), table
    events = [(row["type"], row["logical_time"], row["key"]) for row in trader.rows("event_ledger")]
    assert len(events) == len(set(events))


def test_mt_01_a_closed_market_executes_no_installment(make_trader):
    trader = make_trader()
    trader.start(sip())
    before = trader.counts()
    trader.tick("2024-01-02T03:00:00Z", market="closed", AAPL="100")
    assert trader.count("paper_order") == trader.count("paper_trade") == 0
    assert trader.events("SIP_EXECUTED") == trader.events("SIP_SKIPPED") == []
    assert trader.count("event_ledger") == before["event_ledger"]
    # It waits for the session.
    trader.tick("2024-01-02T15:00:00Z", market="open", AAPL="100")
    assert len(trader.events("SIP_EXECUTED")) == 1
    assert trader.count("paper_trade") == 1


def test_mt_02_a_scheduled_installment_executes_once(make_trader):
    trader = make_trader()
    trader.start(sip(amount="500"))
    for day in ("02", "03", "04"):
        trader.tick(f"2024-01-{day}T15:00:00Z", AAPL="100")
    (event,) = trader.events("SIP_EXECUTED")
    assert event["logical_time"].isoformat() == "2024-01-02T15:00:00+00:00"
    (order,) = trader.rows("paper_order")
    (trade,) = trader.rows("paper_trade")
    assert (order["source"], order["status"]) == ("sip", "FILLED")
    assert (trade["quantity"], trade["price"]) == (5, 100)
    trader.tick("2024-02-01T15:00:00Z", AAPL="125")
    assert len(trader.events("SIP_EXECUTED")) == 2
    assert [row["quantity"] for row in trader.rows("paper_trade", "trade_id")] == [5, 4]


def test_mt_03_the_same_logical_time_twice(make_trader, db):
    trader = make_trader()
    trader.start(sip())
    trader.tick("2024-01-02T15:00:00Z", AAPL="100")
    before, rows = trader.counts(), trader.normalized()
    assert before["paper_trade"] == before["mtm_ledger"] == before["paper_equity_curve"] == 1
    answer = trader.tick("2024-01-02T15:00:00Z", AAPL="100")
    assert (answer["accepted"], answer["duplicates"]) == (0, 1)
    assert trader.counts() == before
    assert trader.normalized() == rows
    assert_once_per_logical_time(trader)
    # The database holds the same by itself.
    for table in TABLES_BY_TIME:
        with ledger.refused(ledger.UNIQUE_VIOLATION):
            ledger.insert(db, table, trader.user_id, trader.run_id, logical_time="2024-01-02T15:00:00Z")
    (event,) = trader.events("SIP_EXECUTED")
    with ledger.refused(ledger.UNIQUE_VIOLATION):
        ledger.insert(
            db, "event_ledger", trader.user_id, trader.run_id,
            type="SIP_EXECUTED", logical_time=event["logical_time"], key=event["key"],
        )  # fmt: skip
    assert trader.counts() == before


def test_mt_03_a_different_price_at_the_same_time_is_kept_out(make_trader):
    trader = make_trader()
    trader.start(sip())
    trader.tick("2024-01-02T15:00:00Z", AAPL="100")
    rows = trader.normalized()
    answer = trader.tick("2024-01-02T15:00:00Z", AAPL="101")
    assert answer["accepted"] == 0 and len(answer["rejected"]) == 1
    assert trader.normalized() == rows


def test_mt_04_one_rebalance_is_one_event(make_trader):
    trader = make_trader()
    trader.start(rebalance({"AAPL": "0.6"}, cash="0.4", every="monthly"), cash="10000")
    trader.tick("2024-01-02T15:00:00Z", AAPL="100")
    trader.tick("2024-01-03T15:00:00Z", AAPL="100")
    (event,) = trader.events("REBALANCED")
    assert event["logical_time"].isoformat() == "2024-01-02T15:00:00+00:00"
    (trade,) = trader.rows("paper_trade")
    assert (trade["side"], trade["quantity"]) == ("buy", 60)
    assert_once_per_logical_time(trader)


def test_mt_04_drift_within_the_bands_is_no_event(make_trader):
    trader = make_trader()
    trader.start(rebalance({"AAPL": "0.6"}, cash="0.4", band="0.05"), cash="10000")
    trader.tick("2024-01-02T15:00:00Z", AAPL="100")
    before = len(trader.events("REBALANCED"))
    trader.tick("2024-01-03T15:00:00Z", AAPL="101")
    assert len(trader.events("REBALANCED")) == before
    trader.tick("2024-01-04T15:00:00Z", AAPL="200")
    assert len(trader.events("REBALANCED")) == before + 1
