"""The two plans against a reference simulation of their rules: equal on every bar."""

import datetime

import reference
from trader import rebalance

SYMBOLS = ("AAA", "BBB", "CCC")
BARS = reference.make_bars(SYMBOLS, datetime.date(2018, 1, 2), days=600, seed=11)
ROWS_PER_PUSH = 300


def push(trader, bars):
    rows = [
        {"time": f"{day}T21:00:00Z", "symbol": symbol}
        | {name: str(price) for name, price in zip(("open", "high", "low", "close"), row[symbol])}
        for day, row in bars
        for symbol in SYMBOLS
    ]
    for first in range(0, len(rows), ROWS_PER_PUSH):
        trader.client.call("feed.push", name=trader.feed, rows=rows[first : first + ROWS_PER_PUSH])


def curve_of(trader):
    return [
        (row["logical_time"].astimezone(datetime.timezone.utc).date(), row["equity"], row["cash"])
        for row in trader.rows("paper_equity_curve", "logical_time")
    ]


def assert_equal_curves(measured, expected):
    assert len(measured) == len(expected)
    for mine, theirs in zip(measured, expected):
        assert mine == theirs


def test_first_trading_day_of_the_month_plan_equals_the_reference(make_trader):
    trader = make_trader()
    plan = """strategy = "sip"
fill_at = "next_open"

[sip]
amount = "10000"
every = "monthly"
day = 1
residue = "keep"

[sip.weights]
AAA = "0.5"
BBB = "0.3"
CCC = "0.2"
"""
    trader.start(plan, cash="1000000")
    push(trader, BARS)
    expected = reference.simulate_sip(BARS, "1000000", {"AAA": "5000", "BBB": "3000", "CCC": "2000"})
    assert_equal_curves(curve_of(trader), expected)
    assert len(trader.events("SIP_EXECUTED")) == len({(day.year, day.month) for day, _ in BARS})


def test_quarterly_rebalance_with_cash_equals_the_reference(make_trader):
    trader = make_trader()
    weights = {"AAA": "0.40", "BBB": "0.30", "CCC": "0.25"}
    plan = rebalance(weights, cash="0.05", every="quarterly", band="1", min_order="0")
    trader.start('fill_at = "next_open"\n' + plan, cash="1000000")
    push(trader, BARS)
    assert_equal_curves(curve_of(trader), reference.simulate_rebalance(BARS, "1000000", weights))
    assert len(trader.events("REBALANCED")) == len({(day.year, (day.month - 1) // 3) for day, _ in BARS})
