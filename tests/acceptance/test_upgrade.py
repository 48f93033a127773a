"""From every released schema to this version's, with the ledger of a daemon of that release in it."""

import pathlib
import signal
import subprocess

import pytest
from conftest import connect

import environment as env
from trader import MANUAL

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Plain dumps, each made by `pg_dump` of a ledger that a daemon of that release had written: a plan with rebalancing on
# a finished feed; orders by hand of every fate on a push feed; a stopped run, and a halted one.
LEDGERS = sorted((ROOT / "tests" / "packaging" / "ledgers").glob("*.sql"))
TRADES = "SELECT user_id, run_id, trade_id, order_id, price, quantity, fee FROM tradingd.paper_trade ORDER BY 1, 2, 3"


def psql(dsn, sql):
    done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", dsn], input=sql, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(params=LEDGERS, ids=lambda path: path.stem)
def old(request, own_daemon):
    """A daemon of this version on a ledger of an older one, not yet started."""
    daemon = own_daemon()
    # The roles belong to the server; the schema, with all that is in it, is the dump's.
    psql(daemon.dsn, "DROP SCHEMA tradingd CASCADE;")
    psql(daemon.dsn, request.param.read_text())
    return daemon


def rows(dsn, sql):
    connection = connect(dsn)
    with connection.cursor() as cursor:
        cursor.execute(sql)
        result = [tuple(row.values()) for row in cursor.fetchall()]
    connection.close()
    return result


def versions(dsn):
    return [version for (version,) in rows(dsn, "SELECT version FROM tradingd.schema_version ORDER BY version")]


def start_migration(daemon):
    return subprocess.Popen(
        [daemon.build / "tradingd", "--config", daemon.config, "--migrate"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def column(answer, name):
    return [row[answer["columns"].index(name)] for row in answer["rows"]]


def verdicts(client):
    answer = client.call("ledger.verify")
    return dict(zip(column(answer, "check"), column(answer, "verdict")))


def test_a_daemon_waits_for_its_ledger_to_be_migrated_and_goes_on(old):
    before = versions(old.dsn)
    trades = rows(old.dsn, TRADES)
    old.spawn()

    def waits():
        try:
            with old.client(5) as client:
                return "run tradingd --migrate" in client.call("status")["state"]
        except OSError:
            return False

    env.wait_until(waits, "a daemon that says what it waits for")
    migrations = [start_migration(old) for _ in range(3)]  # at once: one does the work
    outputs = [migration.communicate(timeout=60) for migration in migrations]
    assert [migration.returncode for migration in migrations] == [0, 0, 0], outputs
    applied = sorted(int(output.split(", ")[1].split()[0]) for output, _ in outputs)
    assert applied[:2] == [0, 0] and applied[2] == len(versions(old.dsn)) - len(before) > 0

    def serves():
        with old.client(5) as client:
            return client.call("status")["state"] == "serving"

    env.wait_until(serves, "the daemon that waited")
    assert rows(old.dsn, TRADES) == trades
    with old.client() as client:
        assert verdicts(client)["invariants"] == "sound"
        client.call("resume", user="bob", run=client.call("run.show", user="bob")["run_id"], reason="upgraded")
        client.call("feed.push", name="desk", rows=[{"time": "2024-01-05T15:00:00Z", "symbol": "ACME", "price": "12.5"}])
        orders = client.call("order.list", user="bob")
        assert dict(zip(column(orders, "order_id"), column(orders, "status")))[7] == "FILLED"
        assert client.call("order.place", user="carol", side="buy", quantity="1", symbol="INIT")["status"] == "FILLED"
        client.call("run.start", user="dave", feed="desk", strategy=MANUAL, initial_cash="1000")
        client.call("order.place", user="dave", side="buy", quantity="1", symbol="INIT")
        after = verdicts(client)
        assert after["invariants"] == "sound"
        assert [after[name] for name in after if name.endswith("of dave")] == ["bit_exact"]


def test_what_an_older_version_wrote_is_proven(old):
    old.migrate()
    old.start()
    with old.client() as client:
        assert set(verdicts(client).values()) == {"sound", "bit_exact"}


def test_a_migration_that_is_killed_has_changed_nothing(old):
    before = versions(old.dsn)
    blocker = connect(old.dsn)
    blocker.autocommit = False
    with blocker.cursor() as cursor:
        cursor.execute("LOCK TABLE tradingd.schema_version IN SHARE MODE")
    migration = start_migration(old)
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    env.wait_until(lambda: rows(old.dsn, waiting), "a migration that has come to its note of what it did")
    migration.send_signal(signal.SIGKILL)
    migration.wait()
    blocker.rollback()
    blocker.close()
    env.wait_until(lambda: not rows(old.dsn, waiting), "the server to notice")
    assert versions(old.dsn) == before
    old.migrate()
    assert len(versions(old.dsn)) > len(before)
    old.start()
