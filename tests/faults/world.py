"""What the fault campaigns share: a cluster, ledgers copied from a prepared one, and a day of trading that can be
broken off anywhere and done again.

The day is a list of steps: plans on a replay, orders by hand, splits, a short position that is bought back. Each may be repeated: its commands have request ids, and rows that were stored count as
duplicates. Whatever happens in between, the ledger at its end must be that of a day without trouble.
"""

import contextlib
import itertools
import pathlib
import signal
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "acceptance"))

import psycopg2  # noqa: E402
import psycopg2.extras  # noqa: E402

import environment as env  # noqa: E402
import ledger  # noqa: E402
from client import RpcError  # noqa: E402
from trader import MANUAL, rebalance, sip  # noqa: E402

DATA = ROOT / "packaging" / "data" / "sp500-2000.csv"
LINES = 300
TRADERS = {
    "alice": sip(amount="2000", start="2000-01-03", weights={"SPX": "1"}),
    "bob": rebalance({"SPX": "0.6"}, cash="0.4", every="quarterly", band="0.05"),
}
# Lots, fees by part, partial fills and short positions; her shares are split, renamed and bought back.
ERIN = """strategy = "manual"
cost_basis = "fifo"
volume_cap = "0.5"

[fees]
kind = "us_equity"

[short_selling]
"""
# Of an answer: what another day's answer has otherwise.
SURROGATES = ("run_id", "user_id", "feed_id", "created_at", "started_at", "stopped_at")


# A campaign that is told to end cleans up behind itself.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


class Broken(Exception):
    """The daemon ended in the middle of the day."""


def connect(dsn):
    # A copied database has not its template's search path.
    path = "-c search_path=tradingd,public"
    connection = psycopg2.connect(dsn, cursor_factory=psycopg2.extras.RealDictCursor, options=path)
    connection.autocommit = True
    return connection


def row(day, price, symbol="AAPL"):
    return {"time": f"2024-01-{day:02}T15:00:00Z", "symbol": symbol, "price": price}


def bar(day, price, volume, symbol):
    """A bar of one price with a volume, of which a capped run may trade its part."""
    prices = dict.fromkeys(("open", "high", "low", "close"), price)
    return {"time": f"2024-01-{day:02}T15:00:00Z", "symbol": symbol, "volume": volume, **prices}


class World:
    """A cluster with a prepared ledger, of which every site gets a copy."""

    numbers = itertools.count(1)

    def __init__(self, build, checked_path=False):
        self.build = build
        self.folder = env.private_folder("tradingd-faults")
        self.cluster = env.Cluster(self.folder / "postgres")
        self.copying = threading.Lock()  # a template may have no other connection
        self.cluster.start()
        self.template = "prepared_checked" if checked_path else "prepared"
        self._prepare(checked_path)

    def _prepare(self, checked_path):
        with self.site(template="template1", name=self.template) as site:
            site.daemon.migrate()
            if checked_path:
                ledger.execute(site.db, "DROP FUNCTION tradingd.apply_batch_fast")
            site.daemon.start()
            with site.daemon.client() as client:
                client.call("feed.add", name="replay", kind="csv", file="replay.csv", symbol="SPX", calendar="XNYS")
                client.call("feed.add", name="pushed", kind="push")
                for name, strategy in TRADERS.items():
                    client.call("user.add", name=name)
                    client.call("run.start", user=name, feed="replay", strategy=strategy, initial_cash="1000000")
                for name in ("carol", "dave"):
                    client.call("user.add", name=name)
                client.call("run.start", user="carol", feed="pushed", strategy=MANUAL, initial_cash="100000")
                client.call("user.add", name="erin")
                client.call("run.start", user="erin", feed="pushed", strategy=ERIN, initial_cash="2000")
            assert site.daemon.stop() == 0

    @contextlib.contextmanager
    def site(self, template=None, name=None):
        """A daemon, not started, on a ledger of its own."""
        number = next(self.numbers)
        name = name or f"site_{number}"
        with self.copying, contextlib.closing(connect(self.cluster.dsn())) as connection:
            ledger.execute(connection, f'CREATE DATABASE "{name}" TEMPLATE "{template or self.template}"')
        site = Site(self, self.folder / f"s{number}", self.cluster.dsn(name))
        try:
            yield site
        finally:
            site.close()
            if name != self.template:
                with contextlib.closing(connect(self.cluster.dsn())) as connection:
                    ledger.execute(connection, f'DROP DATABASE "{name}" WITH (FORCE)')

    def close(self):
        self.cluster.stop()
        env.remove(self.folder)


class Site:
    """A daemon on a ledger of its own, and the day's steps."""

    def __init__(self, world, folder, dsn):
        self.world = world
        self.dsn = dsn
        self.db = connect(dsn)
        self.daemon = env.Daemon(folder, dsn, world.build)
        (self.daemon.feeds / "replay.csv").write_text("".join(DATA.open().readlines()[: LINES + 1]))
        self.answers = {}

    def close(self):
        self.daemon.kill()
        self.db.close()
        env.remove(self.daemon.folder)

    # The day.

    def replay(self, client):
        if client.call("feed.show", name="replay")["status"] == "PAUSED":
            client.call("feed.resume", name="replay", request_id="resume-1")
        env.wait_until(self._replayed, "the replay's end", deadline_s=120)

    def _replayed(self):
        if self.daemon.process.poll() is not None:
            raise Broken
        return ledger.value(
            self.db,
            """SELECT f.status = 'FINISHED' AND bool_and(e.last_logical_time >= f.last_logical_time)
               FROM strategy_run r JOIN engine_state e USING (user_id, run_id) JOIN market_feed f USING (feed_id)
               WHERE f.name = 'replay' GROUP BY f.status""",
        )

    def command(self, client, method, user, request_id, **arguments):
        answer = client.call(method, user=user, request_id=request_id, **arguments)
        answer = {key: value for key, value in answer.items() if key not in SURROGATES}
        before = self.answers.setdefault(request_id, answer)
        assert answer == before, f"{request_id} was answered {before}, and is answered {answer} now"

    def steps(self):
        place = {"side": "buy", "symbol": "AAPL"}
        split = {"symbol": "F", "ex_date": "2024-01-03", "kind": "split", "ratio": "3:2"}
        rename = {"symbol": "F", "ex_date": "2024-01-04", "kind": "symbol_change", "new_symbol": "G"}
        return [
            self.replay,
            lambda c: c.call("feed.push", name="pushed", rows=[row(2, "100"), row(2, "50", "MSFT"), bar(2, "10", "100", "F")]),
            lambda c: self.command(c, "order.place", "erin", "e1", side="buy", quantity="31", symbol="F"),
            lambda c: self.command(c, "order.place", "erin", "e2", side="buy", quantity="40", symbol="F", tif="gtc"),
            lambda c: c.call("feed.action", name="pushed", request_id="a1", **split),
            lambda c: self.command(c, "order.place", "carol", "c1", quantity="10", **place),
            lambda c: self.command(c, "order.place", "carol", "c2", quantity="5", limit="90", tif="gtc", **place),
            lambda c: self.command(c, "order.place", "carol", "c3", quantity="5", limit="80", tif="gtc", **place),
            lambda c: self.command(c, "run.start", "dave", "d1", feed="pushed", strategy=MANUAL, initial_cash="5000"),
            lambda c: self.command(c, "order.place", "dave", "d2", quantity="1", **place),
            lambda c: c.call("feed.push", name="pushed", rows=[row(3, "89"), row(3, "51", "MSFT"), bar(3, "7", "200", "F")]),
            lambda c: self.command(c, "order.place", "erin", "e3", side="sell", quantity="300", symbol="F", tif="gtc"),
            lambda c: c.call("feed.action", name="pushed", request_id="a2", **rename),
            lambda c: self.command(c, "order.cancel", "carol", "c4", order_id=3),
            lambda c: self.command(c, "cash.deposit", "carol", "c5", amount="12.34"),
            lambda c: c.call("reload"),
            lambda c: self.command(c, "run.stop", "dave", "d3"),
            lambda c: c.call("feed.push", name="pushed", rows=[row(4, "95"), bar(4, "8", "400", "G")]),
            lambda c: c.call("feed.push", name="pushed", rows=[row(5, "95"), bar(5, "30", "40", "G")]),
            lambda c: c.call("feed.push", name="pushed", rows=[row(6, "95"), bar(6, "29", "1000", "G")]),
        ]

    def day(self):
        """All steps, one after the other. Broken when the daemon ends on the way."""
        try:
            with self.daemon.client() as client:
                for step in self.steps():
                    step(client)
        except OSError:
            self.daemon.wait_for_end(20)
            raise Broken from None
        except RpcError as error:
            if error.code != "UNAVAILABLE":  # which a daemon may answer while it goes down
                raise
            self.daemon.wait_for_end(20)
            raise Broken from None

    def start(self, failpoints=None):
        """Starts the daemon and waits until it serves. Broken when it ends instead."""
        self.daemon.spawn(failpoints)
        env.wait_until(self.daemon._serves_or_ended, "the start of tradingd")
        if self.daemon.process.poll() is not None:
            raise Broken

    # What has become of it.

    def assert_sound(self):
        ledger.assert_sound(self.db)
        ledger.assert_invariants(self.db)

    def state(self):
        """The ledger without what differs between equal ones, and the answers that were given."""
        self.assert_sound()
        runs = ledger.query(
            self.db, "SELECT u.name, r.user_id, r.run_id FROM strategy_run r JOIN app_user u USING (user_id) ORDER BY 1, 3"
        )
        bars = "SELECT f.name, b.* FROM market_bar b JOIN market_feed f USING (feed_id) ORDER BY f.name, logical_time, 4"
        # By name: dave's row counts must be equal too, so the list keeps the order and the number of runs.
        return {
            "runs": [(run["name"], ledger.normalized(self.db, run["user_id"], run["run_id"])) for run in runs],
            "bars": [tuple(bar.values()) for bar in ledger.query(self.db, bars)],
            "answers": dict(self.answers),
        }


def undisturbed(world):
    """(state, hits of each failpoint) of a day on which nothing happens."""
    with world.site() as site:
        site.start("count" if env.has_failpoints(world.build) else None)
        site.day()
        assert site.daemon.stop(signal.SIGTERM) == 0
        hits = {}
        for line in site.daemon.log.read_text().splitlines():
            words = line.split()
            if words[:1] == ["failpoint"] and words[-1] == "hits":
                hits[words[1].rstrip(":")] = int(words[2])
        return site.state(), hits


def difference(actual, expected):
    """Where two states differ, in a line; empty when they don't."""
    for part in expected:
        if actual[part] == expected[part]:
            continue
        if part != "runs":
            return f"{part}: {actual[part]} instead of {expected[part]}"[:2000]
        if [name for name, _ in actual[part]] != [name for name, _ in expected[part]]:
            return f"runs of {[name for name, _ in actual[part]]} instead of {[name for name, _ in expected[part]]}"
        for (name, tables), (_, wanted) in zip(actual[part], expected[part], strict=True):
            for table in wanted:
                extra = [one for one in tables[table] if one not in wanted[table]]
                missing = [one for one in wanted[table] if one not in tables[table]]
                if tables[table] != wanted[table]:
                    return f"{name}, {table}: too many {extra[:2]}, missing {missing[:2]}"[:2000]
    return ""
