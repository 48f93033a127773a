"""What trades cost and what becomes of holdings: fees by part, partial fills, lots, instruments, corporate actions, short
positions; each in the ledger's rows, and proven by re-execution."""

import contextlib

import ledger
import pytest
from client import RpcError
from conftest import connect
from trader import Trader

COSTS = """strategy = "manual"
cost_basis = "fifo"
volume_cap = "0.1"

[fees]
kind = "india_equity_delivery"

[slippage]
kind = "ticks"
ticks = 2
"""
SHORT = 'strategy = "manual"\n[short_selling]\n'


def bars(trader, time, **rows):
    """Pushes one tick of prices with volumes."""
    return trader.client.call(
        "feed.push", name=trader.feed,
        rows=[{"time": time, "symbol": symbol, "open": price, "high": price, "low": price, "close": price, "volume": volume}
              for symbol, (price, volume) in rows.items()],
    )  # fmt: skip


def verify(trader):
    page = trader.call("run.verify", run=trader.run_id)
    row = dict(zip(page["columns"], page["rows"][0], strict=True))
    return row["verdict"], row["detail"]


def announce(trader, **action):
    return trader.client.call("feed.action", name=trader.feed, **action)


def test_a_fee_is_stored_part_by_part_and_adds_up(make_trader, db):
    trader = make_trader()
    trader.start(COSTS)
    bars(trader, "2024-11-04T10:00:00Z", INFY=("1500", "1000"))
    order = trader.place("buy", "10", "INFY")
    assert (order["status"], order["filled"]) == ("FILLED", "10")
    (trade,) = trader.rows("paper_trade")
    assert trade["fee_parts"] == {
        "brokerage": "15", "stt": "15", "exchange": "0.4455", "sebi": "0.015", "stamp_duty": "2.25", "gst": "2.78289",
    }  # fmt: skip
    assert sum(float(part) for part in trade["fee_parts"].values()) == pytest.approx(float(trade["fee"]))
    for statement in ("UPDATE paper_trade SET fee_parts = '{}' WHERE user_id = %s",
                      "UPDATE paper_trade SET fee = fee + 1 WHERE user_id = %s"):  # fmt: skip
        with ledger.refused("23514"):
            ledger.execute(db, statement, trader.user_id)
    assert verify(trader) == ("bit_exact", "")


def test_an_order_fills_in_parts_and_lots_go_first_in_first_out(make_trader, db):
    trader = make_trader()
    trader.start(COSTS, cash="1000000")
    bars(trader, "2024-11-04T10:00:00Z", INFY=("1500", "300"))
    order = trader.place("buy", "50", "INFY", tif="gtc")
    assert (order["status"], order["filled"]) == ("PARTIALLY_FILLED", "30")
    bars(trader, "2024-11-05T10:00:00Z", INFY=("1600", "1000"))
    assert trader.rows("paper_order")[0]["status"] == "FILLED"
    (position,) = trader.rows("paper_position")
    assert [lot["quantity"] for lot in position["lots"]] == ["30", "20"]
    trader.place("sell", "35", "INFY")
    (position,) = trader.rows("paper_position")
    assert [lot["quantity"] for lot in position["lots"]] == ["15"]
    with ledger.refused("23514"):
        ledger.execute(db, "UPDATE paper_position SET lots = '[]' WHERE user_id = %s", trader.user_id)
    assert verify(trader) == ("bit_exact", "")


def test_corporate_actions_are_stored_before_runs_act_on_them(make_trader, db):
    trader = make_trader()
    trader.start()
    trader.tick("2024-01-02T15:00:00Z", AAPL="400", FB="200")
    trader.place("buy", "10", "AAPL")
    trader.place("buy", "10", "FB")
    trader.place("sell", "10", "AAPL", limit="500", tif="gtc")
    split = {"symbol": "AAPL", "ex_date": "2024-01-03", "kind": "split", "ratio": "4:1", "request_id": f"split-{trader.name}"}
    announced = announce(trader, **split)
    announce(trader, symbol="AAPL", ex_date="2024-01-04", kind="dividend", amount="0.25")
    announce(trader, symbol="FB", ex_date="2024-01-04", kind="symbol_change", new_symbol="META")
    trader.tick("2024-01-03T15:00:00Z", AAPL="101")
    (order,) = [row for row in trader.rows("paper_order") if row["status"] == "PENDING"]
    assert (order["quantity"], order["limit_price"]) == (40, 125)
    trader.tick("2024-01-04T15:00:00Z", META="210")
    held = {row["symbol"]: row["quantity"] for row in trader.rows("paper_position")}
    assert held == {"AAPL": 40, "FB": 0, "META": 10}
    assert [row["amount"] for row in trader.rows("cash_ledger") if row["kind"] == "dividend"] == [10]
    assert [row["key"] for row in trader.events("CORPORATE_ACTION")] == ["1/AAPL", "2/AAPL", "3/FB", "3/META"]
    assert trader.place("sell", "1", "FB")["symbol"] == "META"
    assert announce(trader, **split) == announced  # the same request, though its day is past
    with pytest.raises(RpcError, match="is past"):
        announce(trader, **{**split, "request_id": f"again-{trader.name}"})
    actions = ledger.query(db, "SELECT a.* FROM market_action a JOIN market_feed USING (feed_id) WHERE name = %s", trader.feed)
    assert all(row["logical_time"] is not None for row in actions)
    with ledger.refused("TD004"):
        ledger.execute(db, "UPDATE market_action SET ex_date = ex_date + 1 WHERE feed_id = %s", actions[0]["feed_id"])
    assert verify(trader) == ("bit_exact", "")


def test_a_client_order_id_means_what_was_asked_whatever_became_of_the_order(own_daemon):
    """A split, a new symbol and a group's fill change an order's row, and a restart knows the order from the ledger alone;
    the same request is still answered by that order, another one is still refused."""
    asked = {
        "split": ("buy", "10", "AAPL", {"limit": "390", "tif": "gtc"}),
        "bracket": ("buy", "10", "AAPL", {"limit": "380", "tif": "gtc", "take_profit": "500", "stop_loss": "300"}),
        "trail": ("sell", "2", "AAPL", {"trail_amount": "20", "tif": "gtc"}),
        "renamed": ("buy", "10", "FB", {"limit": "150", "tif": "gtc"}),
        "target": ("sell", "10", "FB", {"limit": "300", "tif": "gtc"}),
        "amount": ("buy", "0", "AAPL", {"notional": "1000"}),
        "absurd": ("buy", "99999999999999999999", "AAPL", {}),
    }
    daemon = own_daemon()

    def place(trader, name, **changes):
        side, quantity, symbol, more = asked[name]
        return trader.place(side, quantity, symbol, client_order_id=name, **{**more, **changes})

    def all_again(trader, first):
        again = {name: place(trader, name)["order_id"] for name in asked}
        assert again == first
        for name, changes in {"split": {"limit": "97.5"}, "target": {"oco": 1}, "absurd": {"tif": "gtc"}}.items():
            with pytest.raises(RpcError, match="DUPLICATE_CLIENT_ORDER_ID"):
                place(trader, name, **changes)

    daemon.start()
    with daemon.client() as client, contextlib.closing(connect(daemon.dsn)) as db:
        trader = Trader(client, db, "own")
        trader.start('strategy = "manual"\nvolume_cap = "0.1"\n')
        bars(trader, "2024-01-02T15:00:00Z", AAPL=("400", "1000"), FB=("200", "1000"))
        trader.place("buy", "10", "FB")
        trader.place("buy", "10", "AAPL")
        first = {name: place(trader, name)["order_id"] for name in asked}
        assert trader.place("buy", "150", "FB", limit="200", tif="gtc")["status"] == "PARTIALLY_FILLED"
        trader.place("sell", "10", "FB", stop="100", tif="gtc", oco=first["target"])
        announce(trader, symbol="AAPL", ex_date="2024-01-03", kind="split", ratio="4:1")
        announce(trader, symbol="FB", ex_date="2024-01-03", kind="symbol_change", new_symbol="META")
        bars(trader, "2024-01-03T15:00:00Z", AAPL=("110", "1000"), META=("99", "40"))
        rows = {row["client_order_id"]: row for row in trader.rows("paper_order") if row["client_order_id"]}
        assert (rows["split"]["quantity"], rows["split"]["limit_price"]) == (40, 97.5)
        assert (rows["target"]["symbol"], rows["target"]["quantity"]) == ("META", 6)
        all_again(trader, first)
    daemon.kill()
    daemon.start()
    with daemon.client() as client, contextlib.closing(connect(daemon.dsn)) as db:
        trader.client, trader.db = client, db
        all_again(trader, first)
        assert verify(trader) == ("bit_exact", "")
        ledger.assert_invariants(db)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ({"kind": "split"}, "ratio"),
        ({"kind": "split", "ratio": "4-1"}, "new shares for old ones"),
        ({"kind": "split", "ratio": "4:1", "amount": "1"}, "amount"),
        ({"kind": "dividend", "amount": "1", "ex_date": "2024-01-02"}, "is past"),
        ({"kind": "symbol_change", "new_symbol": "AAPL"}, "is the old one"),
    ],
)
def test_a_wrong_action_is_refused(make_trader, action, message):
    trader = make_trader()
    trader.start()
    trader.tick("2024-01-02T15:00:00Z", AAPL="400")
    with pytest.raises(RpcError, match=message):
        announce(trader, symbol="AAPL", **{"ex_date": "2024-02-01", **action})


def test_a_short_position_is_bought_back_below_its_maintenance_margin(make_trader, db):
    trader = make_trader()
    trader.start(SHORT, cash="600")
    trader.tick("2024-01-02T15:00:00Z", AAPL="100")
    assert trader.place("sell", "10", "AAPL")["status"] == "FILLED"
    assert trader.rows("paper_position")[0]["quantity"] == -10
    page = trader.call("position.list")
    row = dict(zip(page["columns"], page["rows"][0], strict=True))
    assert (row["market_value"], row["unrealized_pnl"]) == ("-1000", "0")
    trader.tick("2024-01-03T15:00:00Z", AAPL="124")
    assert len(trader.events("MARGIN_CALL")) == 1
    assert trader.rows("paper_order", "order_id")[-1]["source"] == "liquidation"
    assert trader.rows("paper_position")[0]["quantity"] == 0
    assert verify(trader) == ("bit_exact", "")


def test_the_database_refuses_a_short_position_of_a_long_run(make_trader, db):
    trader = make_trader()
    trader.start()
    trader.tick("2024-01-02T15:00:00Z", AAPL="100")
    assert trader.place("sell", "1", "AAPL")["reason"] == "INSUFFICIENT_POSITION"
    with ledger.refused("23514"):
        ledger.insert(db, "paper_position", trader.user_id, trader.run_id, quantity=-1)


def test_instruments_say_what_orders_must_keep_to(server, api, make_trader):
    if server.daemon is None:
        pytest.skip("needs the daemon's feed folder")
    client = api
    (server.daemon.feeds / "nse.csv").write_text(
        "symbol,tick_size,lot,min_notional,currency,shortable\nINFY,0.05,5,1000,INR,no\nTCS,0.05,1,,INR,\n"
    )
    trader = make_trader()
    client.call("feed.add", name=trader.feed, kind="push", instruments="nse.csv", closed=True)
    page = client.call("instrument.list", feed=trader.feed)
    assert [row[1] for row in page["rows"]] == ["INFY", "TCS"]
    trader.start(SHORT)
    answer = client.call("feed.push", name=trader.feed, rows=[
        {"time": "2024-01-02T15:00:00Z", "symbol": "INFY", "price": "100"},
        {"time": "2024-01-02T15:00:00Z", "symbol": "INFYY", "price": "100"},
    ])  # fmt: skip
    assert "did you mean INFY?" in answer["rejected"][0]["reason"]
    assert trader.place("buy", "7", "INFY")["reason"] == "INVALID_QUANTITY"
    assert trader.place("buy", "5", "INFY", limit="99.99")["reason"] == "INVALID_PRICE"
    assert trader.place("buy", "5", "INFY")["reason"] == "NOTIONAL_BELOW_MINIMUM"
    assert trader.place("sell", "10", "INFY")["reason"] == "SHORT_NOT_ALLOWED"
    refused = trader.place("buy", "5", "INFI")
    assert (refused["reason"], refused["reason_detail"]) == ("UNKNOWN_SYMBOL", "symbol=INFI did_you_mean=INFY")
    assert trader.place("buy", "10", "INFY")["status"] == "FILLED"
