"""Subscriptions: what is committed is heard of, in order, once, and whoever doesn't read harms nobody."""

import contextlib
import json
import os
import subprocess
import threading

import pytest
from client import Client, RpcError
from environment import wait_until


def day(number):
    return f"2024-{1 + number // 28:02d}-{1 + number % 28:02d}T15:00:00Z"


def next_notice(client):
    """The next notification; answers to calls in between are left aside."""
    while True:
        message = client.read_message()
        assert message is not None, "the connection has ended"
        if message[0] == 2:
            return message[1], message[2][0]


def collect(client, count):
    """So many rows, and the cursor behind them."""
    rows, cursor = [], None
    while len(rows) < count:
        method, notice = next_notice(client)
        assert method == "watch.rows", notice
        rows += notice["rows"]
        cursor = notice["next"]
    return rows, cursor


@pytest.fixture
def trader(make_trader):
    trader = make_trader()
    trader.start(cash="100000")
    trader.tick(day(0), AAPL="100")
    return trader


@pytest.fixture
def listener(server):
    with Client(server.base_url) as client:
        yield client


def test_every_topic_is_heard_of_in_order(trader, listener):
    topics = ["orders", "trades", "equity", "events"]
    columns = {}
    for topic in topics:
        answer = listener.call("watch", user=trader.name, topic=topic)
        assert (answer["run_id"], answer["topic"]) == (trader.run_id, topic)
        columns[topic] = answer["columns"]
    resting = trader.place("buy", "2", "AAPL", limit="90", tif="gtc")
    trader.tick(day(1), AAPL="80")
    trader.stop()
    heard, ended = {topic: [] for topic in topics}, {}
    while len(ended) < len(topics):
        method, notice = next_notice(listener)
        if method == "watch.end":
            ended[notice["topic"]] = (notice["status"], notice["reason"])
        else:
            heard[notice["topic"]] += [dict(zip(columns[notice["topic"]], row)) for row in notice["rows"]]
    assert set(ended.values()) == {("STOPPED", "stopped by its user")}
    assert [(row["order_id"], row["status"]) for row in heard["orders"]][-1] == (resting["order_id"], "FILLED")
    assert [row["quantity"] for row in heard["trades"]] == ["2"]
    assert [row["logical_time"] for row in heard["equity"]] == [day(1)], "what was before the subscription is not said"
    assert [row["type"] for row in heard["events"]] == ["RUN_STOPPED"]
    assert listener.call("status")["state"].startswith("serving"), "the connection is an ordinary one again"


def test_taken_up_again_without_a_gap_or_a_repetition(trader, server):
    ticks, stop = 60, threading.Event()

    def trade():
        with Client(server.base_url) as client:
            for number in range(1, ticks + 1):
                rows = [{"time": day(number), "symbol": "AAPL", "price": str(100 + number)}]
                client.call("feed.push", name=trader.feed, rows=rows)
        stop.set()

    thread = threading.Thread(target=trade)
    heard, cursor = [], None
    with Client(server.base_url) as client:
        assert client.call("watch", user=trader.name, topic="equity", from_start=True)["next"] is None
        thread.start()
        rows, cursor = collect(client, 1)
        heard += rows
    while len(heard) < ticks + 1:  # each time with a new connection
        with Client(server.base_url) as client:
            client.call("watch", user=trader.name, topic="equity", after=cursor)
            rows, cursor = collect(client, min(5, ticks + 1 - len(heard)))
            heard += rows
    thread.join()
    assert stop.is_set()
    assert [row[0] for row in heard] == [day(number) for number in range(ticks + 1)]


def test_what_is_asked_wrongly(trader, listener, make_trader):
    for arguments, code in [
        ({"topic": "prices"}, "INVALID_ARGUMENT"),
        ({"topic": "events", "run": 999_999_999}, "NOT_FOUND"),
        ({"topic": "events", "after": "yesterday"}, "REFUSED"),
        ({"topic": "orders", "after": "17"}, "REFUSED"),
    ]:
        with pytest.raises(RpcError) as error:
            listener.call("watch", user=trader.name, **arguments)
        assert error.value.code == code, arguments
    with pytest.raises(RpcError) as error:
        listener.call("watch", user=make_trader().name)
    assert error.value.code == "NOT_FOUND"
    for _ in range(8):
        listener.call("watch", user=trader.name)
    with pytest.raises(RpcError) as error:
        listener.call("watch", user=trader.name)
    assert error.value.code == "CONFLICT"


def test_a_subscriber_who_does_not_read_slows_nobody(trader, server, db, sql_run):
    """The ledger is what he falls behind in: not the daemon's memory, and not the runs."""
    _, run_id = sql_run("STOPPED", user_id=trader.user_id)
    with db.cursor() as cursor:
        cursor.execute("ALTER TABLE event_ledger DISABLE TRIGGER USER")
        cursor.execute(
            "INSERT INTO event_ledger (user_id, run_id, seq, type, key, payload)"
            " SELECT %s, %s, n, 'NOTE', n::text, jsonb_build_object('text', repeat('x', 1000)) FROM generate_series(1, 4000) n",
            (trader.user_id, run_id),
        )
        cursor.execute("ALTER TABLE event_ledger ENABLE TRIGGER USER")
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            idle = stack.enter_context(Client(server.base_url))
            idle.call("watch", user=trader.name, run=run_id, topic="events", from_start=True)
        trader.tick(day(1), AAPL="101")
        assert trader.place("buy", "1", "AAPL")["status"] == "FILLED"
    with Client(server.base_url) as reader:
        reader.call("watch", user=trader.name, run=run_id, topic="events", from_start=True)
        rows, _ = collect(reader, 4000)
        assert [row[0] for row in rows] == list(range(1, 4001))
        assert next_notice(reader)[0] == "watch.end"


def test_tradectl_watches_across_a_restart(own_daemon):
    daemon = own_daemon()
    daemon.start()
    client = daemon.client()
    client.call("user.add", name="ann")
    client.call("feed.add", name="live", kind="push")
    client.call("run.start", user="ann", feed="live", strategy='strategy = "manual"\n')
    watching = subprocess.Popen(
        [daemon.build / "tradectl", "--user", "ann", "--json", "watch", "equity"],
        env={**os.environ, "BASE_URL": daemon.base_url}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        def subscribed():
            text = daemon.tradectl("metrics").stdout
            return "tradingd_subscriptions 1" in text

        wait_until(subscribed, "the subscription")
        push = lambda client, number: client.call("feed.push", name="live", rows=[{"time": day(number), "symbol": "A", "price": "1"}])
        push(client, 0)
        assert json.loads(watching.stdout.readline())["logical_time"] == day(0)
        daemon.kill()
        daemon.start()
        client = daemon.client()
        push(client, 1)
        push(client, 2)
        client.call("run.stop", user="ann")
        lines = [json.loads(line)["logical_time"] for line in watching.stdout]
        assert lines == [day(1), day(2)], watching.stderr.read()
        assert watching.wait(30) == 0
        assert "STOPPED" in watching.stderr.read()
    finally:
        watching.kill()
        watching.communicate()
