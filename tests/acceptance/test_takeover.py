"""Another daemon takes over; the database is in trouble; the log proves what the ledger was."""

import contextlib
import re
import signal

import pytest
from client import Client, RpcError
from conftest import connect

import environment as env
import ledger
from trader import MANUAL, Trader

T1, T2 = "2024-01-02T15:00:00Z", "2024-01-03T15:00:00Z"
PLACE = {"side": "buy", "quantity": "1", "symbol": "AAPL"}


def second_on(own_daemon, first, extra=""):
    """Another daemon, not started, on the first one's ledger, with a socket of its own."""
    second = own_daemon()
    second.dsn = first.dsn
    second.write_config(extra=extra)
    return second


@pytest.fixture
def first(own_daemon):
    """A daemon with a trader who has a run and a price."""
    daemon = own_daemon()
    daemon.start()
    with daemon.client() as client, contextlib.closing(connect(daemon.dsn)) as connection:
        trader = Trader(client, connection, "own")
        trader.start(MANUAL)
        trader.tick(T1, AAPL="100")
        yield daemon, trader


def test_a_paused_daemon_is_replaced_and_writes_nothing_afterwards(own_daemon, first):
    paused, trader = first
    second = second_on(own_daemon, paused)
    paused.process.send_signal(signal.SIGSTOP)
    with Client(paused.base_url) as client:
        waiting = client.send("order.place", user="own", request_id="late", **PLACE)
        # It was paused for longer than its lease is valid.
        ledger.execute(trader.db, "UPDATE engine_shard SET expires_at = now() - interval '1 s'")
        second.start()
        epoch = ledger.value(trader.db, "SELECT max(epoch) FROM engine_shard")
        with second.client() as other:
            assert other.call("order.place", user="own", **PLACE)["status"] == "FILLED"
        before = trader.normalized()
        paused.process.send_signal(signal.SIGCONT)
        with contextlib.suppress(OSError):
            message = client.read_message()
            assert message is None or (message[1] == waiting and message[2]["code"] == "UNAVAILABLE"), message
    assert paused.wait_for_end() == 3, paused.log_tail()
    assert trader.normalized() == before, "the paused daemon has written"
    assert ledger.value(trader.db, "SELECT count(*) FROM command_log WHERE request_id = 'late'") == 0
    assert ledger.value(trader.db, "SELECT max(epoch) FROM engine_shard") == epoch


def test_a_daemon_that_renews_its_lease_is_not_replaced(own_daemon, first):
    paused, trader = first
    second = second_on(own_daemon, paused)
    paused.process.send_signal(signal.SIGSTOP)
    try:
        second.spawn()
        assert second.wait_for_end(20) == 3
        assert "in use by" in second.log_tail()
    finally:
        paused.process.send_signal(signal.SIGCONT)
    assert trader.place("buy", "1", "AAPL")["status"] == "FILLED"


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_standby_takes_over(own_daemon, first, end):
    served, trader = first
    standby = second_on(own_daemon, served, 'when_in_use = "wait"')
    standby.spawn()
    env.wait_until(lambda: "standing by" in standby.log_tail(), "the standby's line in the log")
    assert standby.process.poll() is None
    with pytest.raises(RpcError), standby.client() as client:
        client.call("order.place", user="own", **PLACE)
    served.stop(end)
    env.wait_until(standby._serves_or_ended, "the standby's service", deadline_s=15)
    with standby.client() as client:
        trader.client = client
        assert trader.place("buy", "1", "AAPL")["status"] == "FILLED"
        trader.tick(T2, AAPL="101")
    assert trader.count("mtm_ledger") == 2


# A trigger that fails with SQLSTATE until it is told to stop, and counts; a sequence isn't rolled back.
TROUBLE = """
CREATE SEQUENCE public.attempts;
CREATE TABLE public.trouble (goes_on boolean);
INSERT INTO public.trouble VALUES (true);
CREATE FUNCTION public.make_trouble() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM nextval('public.attempts');
  IF (SELECT goes_on FROM public.trouble) THEN
    RAISE EXCEPTION 'made by the test' USING ERRCODE = '{sqlstate}';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER zz_trouble AFTER INSERT ON tradingd.command_log FOR EACH STATEMENT EXECUTE FUNCTION public.make_trouble();
ALTER TABLE tradingd.command_log ENABLE ALWAYS TRIGGER zz_trouble;
"""
WAITED_OUT = {
    "40P01": "deadlock", "40001": "serialization failure", "55P03": "lock timeout", "57014": "statement timeout",
    "53100": "disk full", "53200": "out of memory", "58030": "I/O error",
}  # fmt: skip


@pytest.mark.parametrize("sqlstate", WAITED_OUT)
def test_a_command_survives_the_database_s_trouble(first, sqlstate):
    daemon, trader = first
    ledger.execute(trader.db, TROUBLE.format(sqlstate=sqlstate))
    with daemon.client() as client:
        client.send("order.place", user="own", **PLACE)
        attempts = "SELECT last_value FROM public.attempts"
        env.wait_until(lambda: ledger.value(trader.db, attempts) >= 3, "three attempts")
        assert trader.client.call("status")["state"] == "serving"
        assert trader.count("paper_order") == 0
        ledger.execute(trader.db, "UPDATE public.trouble SET goes_on = false")
        message = client.read_message()
    assert message[2] is None and message[3]["status"] == "FILLED", message
    assert trader.count("paper_order") == 1
    assert trader.status() == "RUNNING"
    # With pauses in between, which grow: no busy loop.
    assert ledger.value(trader.db, attempts) < 60


HEAD = re.compile(r"ledger head: (\d+) runs, digest ([0-9a-f]{64})")
RUN_HEAD = re.compile(r"head of run \d+ of user \d+: version (\d+), digest ([0-9a-f]{64})")


def test_the_log_has_the_ledger_s_head_at_stop_and_start(own_daemon, first):
    daemon, trader = first
    assert daemon.stop() == 0
    at_stop = HEAD.findall(daemon.log.read_text())[-1]
    daemon.start()
    assert HEAD.findall(daemon.log.read_text())[-1] == at_stop
    assert daemon.stop() == 0
    # A superuser puts a run's rolling digest right after his edit: the next start says another head.
    ledger.execute(trader.db, "SET session_replication_role = replica")
    ledger.execute(trader.db, "UPDATE engine_state SET digest = decode(repeat('ab', 32), 'hex')")
    daemon.start()
    assert HEAD.findall(daemon.log.read_text())[-1] != at_stop


def test_a_wholly_forged_history_differs_from_the_logged_head(own_daemon):
    """Two ledgers, each bit exact, that differ in one deposit: only the log tells which was the first."""
    heads = []
    for amount in ("12.34", "13.34"):
        daemon = own_daemon()
        daemon.start()
        with daemon.client() as client, contextlib.closing(connect(daemon.dsn)) as connection:
            trader = Trader(client, connection, "own")
            trader.start(MANUAL)
            trader.tick(T1, AAPL="100")
            trader.call("cash.deposit", amount=amount)
            page = trader.call("run.verify", run=trader.run_id)
            row = dict(zip(page["columns"], page["rows"][0], strict=True))
            assert row["verdict"] == "bit_exact"
        assert daemon.stop() == 0
        version, digest = RUN_HEAD.findall(daemon.log.read_text())[-1]
        assert (int(version), digest) == (row["inputs"], row["digest"]), "the log has what a verification gives"
        heads.append(digest)
    assert heads[0] != heads[1]
