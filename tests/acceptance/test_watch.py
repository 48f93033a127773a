"""Subscriptions: what is committed is heard of, in order, once, and whoever doesn't read harms nobody."""

import contextlib
import json
import os
import re
import subprocess
import threading

import pytest
from client import Client, RpcError
from environment import run_tradectl, wait_until


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
    for _ in range(64):
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
    # Many pages wait for one who has many subscriptions and begins to read late: that alone is no reason to drop him.
    with Client(server.base_url) as reader:
        subscriptions = 12
        for _ in range(subscriptions):
            reader.send("watch", user=trader.name, run=run_id, topic="events", from_start=True)
        open_ones = lambda: re.search(r"^tradingd_subscriptions (\d+)$", trader.client.call("metrics")["text"], re.M)
        wait_until(lambda: int(open_ones().group(1)) >= subscriptions, "the subscriptions, each with a page under way")
        heard = ended = 0
        while ended < subscriptions:
            method, notice = next_notice(reader)
            assert method in ("watch.rows", "watch.end"), notice
            heard += len(notice.get("rows", []))
            ended += method == "watch.end"
        assert heard == subscriptions * 4000


def spawn_tradectl(build, base_url, *arguments):
    return subprocess.Popen(
        [build / "tradectl", *map(str, arguments)], env={**os.environ, "BASE_URL": base_url},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_tradectl_follows_topics_and_runs_at_once(own_daemon):
    """Two runs of two users and three topics on one connection; across a restart; taken up again by what came last."""
    daemon = own_daemon()
    daemon.start()
    client = daemon.client()
    client.call("feed.add", name="live", kind="push")
    for user in ("ann", "bob"):
        client.call("user.add", name=user)
        client.call("run.start", user=user, feed="live", strategy='strategy = "manual"\n', name=f"{user}s")
    topics = ["orders", "trades", "equity"]
    watching = spawn_tradectl(daemon.build, daemon.base_url, "--json", "watch", *topics, "--all")
    lines = []

    def heard(count):
        while len(lines) < count:
            lines.append(json.loads(watching.stdout.readline()))
        return lines

    def push(number):
        daemon.client().call("feed.push", name="live", rows=[{"time": day(number), "symbol": "A", "price": "10"}])

    try:
        wait_until(lambda: "tradingd_subscriptions 6" in daemon.tradectl("metrics").stdout, "six subscriptions")
        push(0)
        client.call("order.place", user="ann", side="buy", quantity="1", symbol="A")
        heard(4)
        daemon.kill()
        daemon.start()
        client = daemon.client()
        push(1)
        client.call("order.place", user="bob", side="buy", quantity="2", symbol="A")
        heard(8)
        for user in ("ann", "bob"):
            client.call("run.stop", user=user)
        lines += [json.loads(line) for line in watching.stdout]
        assert watching.wait(30) == 0
        told = watching.stderr.read()
        assert "Run 1 is STOPPED" in told and "Run 2 is STOPPED" in told, told
    finally:
        watching.kill()
        watching.communicate()
    by_kind = sorted((line["run_id"], line["topic"], line.get("logical_time", "")[:10]) for line in lines)
    assert by_kind == [
        (1, "equity", day(0)[:10]), (1, "equity", day(1)[:10]), (1, "orders", ""), (1, "trades", day(0)[:10]),
        (2, "equity", day(0)[:10]), (2, "equity", day(1)[:10]), (2, "orders", ""), (2, "trades", day(1)[:10]),
    ]  # fmt: skip
    # By the column that is the topic's sequence number, of each of them.
    rest = daemon.tradectl("--user", "ann", "--json", "watch", "equity", "trades", "--run", "anns",
                           "--after", f"equity={day(0)},1/trades=0")  # fmt: skip
    assert rest.returncode == 0, rest.stderr
    again = sorted((line["topic"], line["logical_time"][:10]) for line in map(json.loads, rest.stdout.splitlines()))
    assert again == [("equity", day(1)[:10]), ("trades", day(0)[:10])]
    one = daemon.tradectl("--user", "bob", "--csv", "watch", "trades", "--run", 2, "--from-start")
    assert [line.split(",")[0] for line in one.stdout.splitlines()] == ["trade_id", "1"]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["trdaes"], "did you mean 'trades'?"),
        (["trades", "orders", "--csv"], "--csv is for one topic"),
        (["trades", "orders", "--after", "3"], "'TOPIC=CURSOR'"),
        (["trades", "orders", "--after", "equity=3"], "of nothing that is followed"),
        (["trades", "--all", "--run", "1"], "exclude each other"),
    ],
)
def test_what_tradectl_is_told_wrongly(server, trader, arguments, words):
    done = run_tradectl(server.build, server.base_url, "--user", trader.name, "watch", *arguments)
    assert done.returncode == 2 and words in done.stderr, done.stderr


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
