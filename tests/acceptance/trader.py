"""A trader in a test: a new user with a push feed and a run of his own."""

import ledger
from client import RpcError

MANUAL = 'strategy = "manual"\n'


def sip(amount="500", every="monthly", start="2024-01-01", weights=None, extra=""):
    """A strategy file that invests `amount` at each installment."""
    lines = "".join(f'{symbol} = "{weight}"\n' for symbol, weight in (weights or {"AAPL": "1"}).items())
    return f"""strategy = "sip"
{extra}
[sip]
amount = "{amount}"
every = "{every}"
start = {start}
funding = "cash"
{"day = 1" if every in ("monthly", "quarterly", "yearly") else ""}

[sip.weights]
{lines}"""


def rebalance(weights, cash, every=None, band="0.05", min_order="1"):
    """A strategy file that holds target weights."""
    lines = "".join(f'{symbol} = "{weight}"\n' for symbol, weight in weights.items())
    return f"""strategy = "rebalance"

[rebalance]
{f'every = "{every}"' if every else ""}
band = "{band}"
min_order = "{min_order}"
cash = "{cash}"

[rebalance.weights]
{lines}"""


class Trader:
    """Acts for one user over the socket (as an admin) and looks at his rows over SQL."""

    def __init__(self, client, connection, name):
        self.client = client
        self.db = connection
        self.name = name
        self.feed = f"f-{name}"
        self.user_id = self.run_id = None
        client.call("user.add", name=name)
        self.user_id = ledger.value(connection, "SELECT user_id FROM app_user WHERE name = %s", name)

    def call(self, method, **arguments):
        return self.client.call(method, user=self.name, **arguments)

    def add_feed(self, calendar=None):
        self.client.call("feed.add", name=self.feed, kind="push", calendar=calendar)

    def start(self, strategy=MANUAL, cash="100000", feed=None):
        """Starts a run, on a feed of its own unless one is named; its row."""
        if feed is not None:
            self.feed = feed
        elif not ledger.query(self.db, "SELECT 1 FROM market_feed WHERE name = %s", self.feed):
            self.add_feed()
        row = self.call("run.start", feed=self.feed, strategy=strategy, initial_cash=cash)
        self.run_id = row["run_id"]
        return row

    def tick(self, time, market=None, **prices):
        """Pushes one tick of one-price rows; answers when every run has processed it and it is durable."""
        rows = []
        for symbol, price in prices.items():
            row = {"time": time, "symbol": symbol, "price": price}
            if market is not None:
                row["market"] = market
            rows.append(row)
        return self.client.call("feed.push", name=self.feed, rows=rows)

    def place(self, side, quantity, symbol, **arguments):
        return self.call("order.place", side=side, quantity=quantity, symbol=symbol, **arguments)

    def stop(self):
        return self.call("run.stop")

    def stop_if_running(self):
        """For cleaning up: the run may be stopped already, or the daemon gone."""
        try:
            self.stop()
        except (RpcError, OSError):
            pass

    # What the ledger has of the run.

    def count(self, table, run_id=None):
        return ledger.count(self.db, table, self.user_id, run_id or self.run_id)

    def counts(self, run_id=None):
        return ledger.counts(self.db, self.user_id, run_id or self.run_id)

    def rows(self, table, order_by="1"):
        return ledger.query(
            self.db,
            f"SELECT * FROM {table} WHERE user_id = %s AND run_id = %s ORDER BY {order_by}",
            self.user_id, self.run_id,
        )  # fmt: skip

    def events(self, event_type):
        return [row for row in self.rows("event_ledger", "seq") if row["type"] == event_type]

    def status(self, run_id=None):
        return ledger.value(
            self.db,
            "SELECT status FROM strategy_run WHERE user_id = %s AND run_id = %s",
            self.user_id, run_id or self.run_id,
        )  # fmt: skip

    def normalized(self, run_id=None):
        return ledger.normalized(self.db, self.user_id, run_id or self.run_id)
