"""Daemons that share a ledger: each serves the users of its shards, one moves the feeds, and who is left takes over."""

import contextlib
import signal

import pytest
from client import RpcError
from conftest import connect

import environment as env
import ledger
from test_takeover import second_on
from trader import MANUAL, Trader

T1, T2, T3 = "2024-01-02T15:00:00Z", "2024-01-03T15:00:00Z", "2024-01-04T15:00:00Z"
ORDER = {"side": "buy", "quantity": "1", "symbol": "AAPL"}


class Pair:
    """Two daemons: `feeds` moves the feeds and serves the first user, `other` the rest; a run on each."""

    def __init__(self, own_daemon, stack):
        self.feeds = own_daemon()
        self.feeds.write_config(extra='shards = "0-1"')
        self.feeds.start()
        self.other = second_on(own_daemon, self.feeds, 'shards = "2-63"')
        self.other.start()
        self.db = stack.enter_context(contextlib.closing(connect(self.feeds.dsn)))
        clients = [stack.enter_context(daemon.client()) for daemon in (self.feeds, self.other)]
        self.traders = [Trader(clients[0], self.db, name) for name in ("one", "two")]
        assert [trader.user_id for trader in self.traders] == [1, 2]
        self.traders[0].start(MANUAL)
        self.traders[1].client = clients[1]
        env.wait_until(lambda: self._starts(self.traders[1]), "the other daemon knows the new user and feed")

    def _starts(self, trader):
        with contextlib.suppress(RpcError):
            return trader.start(MANUAL, feed=self.traders[0].feed)

    def wait_for_ticks(self, count):
        env.wait_until(
            lambda: [trader.count("mtm_ledger") for trader in self.traders] == [count] * 2,
            f"{count} ticks of both runs",
        )

    def served_by(self, daemon):
        with daemon.client() as client:
            return client.call("status")["shards"]


@pytest.fixture
def pair(own_daemon):
    with contextlib.ExitStack() as stack:
        yield Pair(own_daemon, stack)


def refusal(client, method, **arguments):
    with pytest.raises(RpcError) as error:
        client.call(method, **arguments)
    assert error.value.code == "UNAVAILABLE"
    return str(error.value)


def test_each_serves_its_own_users_and_both_follow_the_feeds(pair):
    one, two = pair.traders
    assert [pair.served_by(pair.feeds), pair.served_by(pair.other)] == ["0-1", "2-63"]
    one.tick(T1, AAPL="100")
    pair.wait_for_ticks(1)
    assert [trader.place("buy", "1", "AAPL")["status"] for trader in (one, two)] == ["FILLED"] * 2
    # A symbol that is new on the way reaches the follower, too.
    one.tick(T2, AAPL="101", MSFT="300")
    pair.wait_for_ticks(2)
    assert two.place("buy", "2", "MSFT")["status"] == "FILLED"
    # Each names the other to whoever asks the wrong one.
    assert f"pid {pair.other.process.pid}" in refusal(one.client, "order.place", user="two", **ORDER)
    row = {"time": T3, "symbol": "AAPL", "price": "102"}
    assert f"pid {pair.feeds.process.pid}" in refusal(two.client, "feed.push", name=one.feed, rows=[row])
    # Whom it serves makes no difference to reading, proving and halting.
    assert one.client.call("position.list", user="two")["rows"]
    two.client.call("halt", user="one")
    env.wait_until(lambda: one.call("run.show")["trading_state"] == "HALTED", "the halt of the other's user")
    page = two.client.call("ledger.verify")
    assert {row[1] for row in page["rows"]} == {"sound", "bit_exact"}


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("ended", ["feeds", "other"])
def test_who_is_left_takes_over(pair, ended, end):
    one, two = pair.traders
    one.tick(T1, AAPL="100")
    pair.wait_for_ticks(1)
    left = pair.other if ended == "feeds" else pair.feeds
    getattr(pair, ended).stop(end)
    env.wait_until(lambda: pair.served_by(left) == "0-63", "all shards with the daemon that is left", 30)
    with left.client() as client:
        one.client = two.client = client
        env.wait_until(lambda: client.call("status")["runs"]["running"] == 2, "both runs")
        one.tick(T2, AAPL="101")
        assert [trader.count("mtm_ledger") for trader in pair.traders] == [2, 2]
        assert [trader.place("buy", "1", "AAPL")["status"] for trader in pair.traders] == ["FILLED"] * 2
        page = client.call("ledger.verify")
    assert {row[1] for row in page["rows"]} == {"sound", "bit_exact"}
    assert ledger.value(pair.db, "SELECT count(DISTINCT epoch) FROM engine_shard") == 2


def test_one_that_comes_back_in_time_keeps_its_shards(pair):
    pair.other.stop(signal.SIGKILL)
    pair.other.start()
    assert [pair.served_by(pair.feeds), pair.served_by(pair.other)] == ["0-1", "2-63"]


def test_a_daemon_on_shards_that_another_holds_is_told(own_daemon, pair):
    third = second_on(own_daemon, pair.feeds, 'shards = "1-2"')
    third.spawn()
    assert third.wait_for_end(20) == 3
    assert "in use by" in third.log_tail()
