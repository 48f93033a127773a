"""OR and RK: orders, their fills, and the rules that reject them."""

from decimal import Decimal

import pytest
from client import RpcError

from trader import MANUAL

T1 = "2024-01-02T10:00:00Z"
T2 = "2024-01-02T10:01:00Z"
T3 = "2024-01-02T10:02:00Z"


@pytest.fixture
def trader(make_trader):
    """With 10,000 in cash and AAPL at 100."""
    trader = make_trader()
    trader.start(cash="10000")
    trader.tick(T1, AAPL="100")
    return trader


def assert_rejected(trader, answer, reason):
    """The order is a stored row with its reason; it has no trade and moved no cash."""
    assert (answer["status"], answer["reason"]) == ("REJECTED", reason)
    (order,) = trader.rows("paper_order")
    assert (order["status"], order["reason"], order["filled"]) == ("REJECTED", reason, 0)
    assert trader.count("paper_trade") == 0
    assert [row["kind"] for row in trader.rows("cash_ledger")] == ["initial"]
    assert trader.rows("engine_state")[0]["cash"] == 10000
    assert trader.rows("engine_state")[0]["reserved"] == 0


def test_or_01_a_market_buy_fills(trader):
    answer = trader.place("buy", "10", "AAPL")
    assert answer["status"] == "FILLED"
    (order,) = trader.rows("paper_order")
    (trade,) = trader.rows("paper_trade")
    (position,) = trader.rows("paper_position")
    assert (order["status"], order["quantity"], order["filled"]) == ("FILLED", 10, 10)
    assert (trade["order_id"], trade["quantity"], trade["price"], trade["notional"]) == (order["order_id"], 10, 100, 1000)
    assert (position["symbol"], position["quantity"], position["cost"]) == ("AAPL", 10, 1000)
    trader.tick(T2, AAPL="110")
    point = trader.rows("paper_equity_curve", "logical_time")[-1]
    assert (point["cash"], point["mtm"], point["equity"]) == (9000, 1100, 10100)


def test_or_02_quantity_zero_is_rejected(trader):
    assert_rejected(trader, trader.place("buy", "0", "AAPL"), "INVALID_QUANTITY")


def test_or_03_a_negative_quantity_is_rejected(trader):
    assert_rejected(trader, trader.place("buy", "-5", "AAPL"), "INVALID_QUANTITY")


@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize("quantity", ["0", "-1", "-0.00000001", "0.5"])
def test_or_10_11_an_invalid_quantity_is_rejected(trader, side, quantity):
    assert_rejected(trader, trader.place(side, quantity, "AAPL"), "INVALID_QUANTITY")


def test_or_04_cash_below_the_cost_is_rejected(trader):
    assert_rejected(trader, trader.place("buy", "101", "AAPL"), "INSUFFICIENT_CASH")


def test_or_12_insufficient_cash_says_what_was_needed(trader):
    answer = trader.place("buy", "500", "AAPL")
    assert_rejected(trader, answer, "INSUFFICIENT_CASH")
    assert "50000" in answer["reason_detail"] and "10000" in answer["reason_detail"]


def test_or_12_the_last_cent_may_be_spent(trader):
    assert trader.place("buy", "100", "AAPL")["status"] == "FILLED"
    assert trader.rows("engine_state")[0]["cash"] == 0


def test_or_05_a_limit_below_the_price_rests(trader):
    answer = trader.place("buy", "10", "AAPL", limit="90")
    assert answer["status"] == "PENDING"
    (order,) = trader.rows("paper_order")
    assert (order["status"], order["limit_price"], order["reserved"]) == ("PENDING", 90, 900)
    assert trader.count("paper_trade") == 0
    assert trader.rows("engine_state")[0]["reserved"] == 900


def test_or_05_it_fills_when_the_price_gets_there(trader):
    trader.place("buy", "10", "AAPL", limit="90")
    trader.tick(T2, AAPL="91")
    assert trader.count("paper_trade") == 0
    trader.tick(T3, AAPL="89.5")
    (trade,) = trader.rows("paper_trade")
    assert trade["price"] <= Decimal("90")
    assert trader.rows("paper_order")[0]["status"] == "FILLED"
    assert trader.rows("engine_state")[0]["reserved"] == 0


def test_or_06_stopping_cancels_open_orders(trader):
    trader.place("buy", "10", "AAPL", limit="90", tif="gtc")
    trader.place("buy", "5", "AAPL", limit="80")
    trader.stop()
    orders = trader.rows("paper_order", "order_id")
    assert [(o["status"], o["reason"], o["reserved"]) for o in orders] == [("CANCELED", "RUN_STOPPED", 0)] * 2
    assert trader.status() == "STOPPED"
    assert trader.count("paper_trade") == 0


def test_cancel_releases_the_reservation(trader):
    order = trader.place("buy", "10", "AAPL", limit="90")
    trader.call("order.cancel", order_id=order["order_id"])
    (row,) = trader.rows("paper_order")
    assert (row["status"], row["reserved"]) == ("CANCELED", 0)
    assert trader.rows("engine_state")[0]["reserved"] == 0
    with pytest.raises(RpcError):
        trader.call("order.cancel", order_id=order["order_id"])


def test_a_sell_realises_the_gain(trader):
    trader.place("buy", "10", "AAPL")
    trader.tick(T2, AAPL="120")
    trader.place("sell", "4", "AAPL")
    (position,) = trader.rows("paper_position")
    assert (position["quantity"], position["cost"], position["realized_pnl"]) == (6, 600, 80)
    assert trader.rows("engine_state")[0]["cash"] == 9480


def test_the_same_client_order_id_is_one_order(trader):
    first = trader.place("buy", "1", "AAPL", client_order_id="once")
    again = trader.place("buy", "1", "AAPL", client_order_id="once")
    assert again["order_id"] == first["order_id"]
    with pytest.raises(RpcError) as caught:
        trader.place("buy", "2", "AAPL", client_order_id="once")
    assert "DUPLICATE_CLIENT_ORDER_ID" in str(caught.value)
    assert trader.count("paper_order") == trader.count("paper_trade") == 1


def test_the_same_request_id_is_one_command(trader):
    first = trader.place("buy", "1", "AAPL", request_id=f"{trader.name}-1")
    again = trader.place("buy", "1", "AAPL", request_id=f"{trader.name}-1")
    assert again == first
    with pytest.raises(RpcError) as caught:
        trader.place("buy", "2", "AAPL", request_id=f"{trader.name}-1")
    assert caught.value.code == "CONFLICT"
    assert trader.count("paper_order") == 1


# What a risk rule rejects: the strategy's limits, the order, the reason.
RISK = {
    "rk_01": (MANUAL, ("buy", "101", "AAPL"), "INSUFFICIENT_CASH"),
    "rk_02": (MANUAL + '[limits]\nmax_position_quantity = "10"\n', ("buy", "11", "AAPL"), "MAX_POSITION_EXCEEDED"),
    "rk_03": (MANUAL + '[limits]\nforbidden_symbols = ["AAPL"]\n', ("buy", "1", "AAPL"), "FORBIDDEN_SYMBOL"),
}


def risk_case(make_trader, case):
    strategy, order, reason = RISK[case]
    trader = make_trader()
    trader.start(strategy, cash="10000")
    trader.tick(T1, AAPL="100")
    assert_rejected(trader, trader.place(*order), reason)
    return trader


def test_rk_01_insufficient_cash(make_trader):
    risk_case(make_trader, "rk_01")


def test_rk_01_reserved_cash_is_not_available(trader):
    assert trader.place("buy", "60", "AAPL", limit="90")["status"] == "PENDING"
    answer = trader.place("buy", "50", "AAPL")
    assert (answer["status"], answer["reason"]) == ("REJECTED", "INSUFFICIENT_CASH")
    assert trader.count("paper_trade") == 0


def test_rk_02_maximum_position(make_trader):
    risk_case(make_trader, "rk_02")


def test_rk_02_it_is_the_resulting_position_that_counts(make_trader):
    trader = make_trader()
    trader.start(RISK["rk_02"][0], cash="10000")
    trader.tick(T1, AAPL="100")
    assert trader.place("buy", "10", "AAPL")["status"] == "FILLED"
    answer = trader.place("buy", "1", "AAPL")
    assert (answer["status"], answer["reason"]) == ("REJECTED", "MAX_POSITION_EXCEEDED")
    assert trader.count("paper_trade") == 1


def test_rk_03_forbidden_symbol(make_trader):
    trader = risk_case(make_trader, "rk_03")
    trader.tick(T2, MSFT="50")
    assert trader.place("buy", "1", "MSFT")["status"] == "FILLED"


def test_an_unknown_symbol_is_rejected(trader):
    assert_rejected(trader, trader.place("buy", "1", "NOSUCH"), "UNKNOWN_SYMBOL")


def test_nothing_is_sold_that_is_not_held(trader):
    assert_rejected(trader, trader.place("sell", "1", "AAPL"), "INSUFFICIENT_POSITION")


def test_a_stop_triggers_and_says_when(trader):
    answer = trader.place("buy", "10", "AAPL", stop="105", tif="gtc")
    assert (answer["type"], answer["status"], answer["stop_price"]) == ("stop", "PENDING", "105")
    trader.tick(T2, AAPL="104")
    assert trader.rows("paper_order")[0]["triggered_at"] is None
    trader.tick(T3, AAPL="106")
    (order,) = trader.rows("paper_order")
    assert (order["status"], order["triggered_at"]) == ("FILLED", order["updated_at"])
    (trade,) = trader.rows("paper_trade")
    assert trade["price"] == 106


def test_a_bracket_sells_once(trader):
    trader.place("buy", "10", "AAPL", take_profit="110", stop_loss="95")
    trader.tick(T2, AAPL="111")
    trader.tick(T3, AAPL="90")
    orders = trader.rows("paper_order", "order_id")
    assert [(o["type"], o["status"], o["group_id"]) for o in orders] == [
        ("market", "FILLED", None),
        ("stop", "CANCELED", 1),
        ("limit", "FILLED", 1),
    ]
    assert [t["price"] for t in trader.rows("paper_trade", "trade_id")] == [100, 111]


def test_a_replaced_order_is_named_and_final(trader):
    first = trader.place("buy", "10", "AAPL", limit="90")
    second = trader.call("order.replace", order_id=first["order_id"], limit="91")
    assert (second["status"], second["replaces_order_id"]) == ("PENDING", first["order_id"])
    assert trader.rows("engine_state")[0]["reserved"] == 910
    for method in ("order.replace", "order.cancel"):
        with pytest.raises(RpcError):
            trader.call(method, order_id=first["order_id"])
    assert trader.rows("paper_order", "order_id")[0]["status"] == "REPLACED"


def test_an_order_for_an_amount(trader):
    answer = trader.place("buy", "0", "AAPL", notional="1050")
    assert (answer["status"], answer["quantity"], answer["notional"]) == ("FILLED", "10", "1050")


def test_a_halted_run_trades_again_when_it_is_resumed(trader):
    assert trader.call("halt", reason="lunch")["trading_state"] == "HALTED"
    assert trader.place("buy", "1", "AAPL")["reason"] == "TRADING_HALTED"
    with pytest.raises(RpcError):
        trader.call("resume")
    trader.call("resume", reason="back")
    assert trader.place("buy", "1", "AAPL")["status"] == "FILLED"
    assert [e["payload"]["cause"] for e in trader.events("TRADING_STATE_CHANGED")] == ["lunch", "back"]


def test_a_run_with_orders_of_every_kind_is_reproduced(trader):
    trader.place("buy", "10", "AAPL", take_profit="110", stop_loss="95")
    trader.place("buy", "5", "AAPL", trail_percent="5", tif="gtc")
    trader.call("order.replace", order_id=4, quantity="6")
    trader.place("buy", "1", "AAPL", limit="99", expires_at="2030-01-01T00:00:00Z")
    trader.tick(T2, AAPL="98")
    trader.call("halt", reason="lunch", reducing=True)
    trader.tick(T3, AAPL="112")
    (verdict,) = trader.call("run.verify")["rows"]
    assert "bit_exact" in verdict, verdict
