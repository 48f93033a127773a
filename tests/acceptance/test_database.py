"""tradectl db: made, looked at, saved and brought back, by people with rights and without."""

import json
import os
import subprocess
import uuid

import pytest
from conftest import connect

import environment as env
from trader import MANUAL

READY = "ready"


@pytest.fixture
def database(cluster):
    """A name that no database has yet."""
    return cluster.dsn(f"db_{uuid.uuid4().hex[:12]}")


def tradectl(dsn, *arguments):
    """tradectl db …; no daemon and no settings are there to be asked."""
    variables = {k: v for k, v in os.environ.items() if k not in ("BASE_URL", "DB_DSN")}
    command = [env.build_folder() / "tradectl", "db", *arguments, *(["--dsn", dsn] if dsn else [])]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60)


def status(dsn):
    done = tradectl(dsn, "status", "--json")
    return done.returncode, json.loads(done.stdout)


def role_of(cluster, attributes):
    name = f"role_{uuid.uuid4().hex[:12]}"
    connection = connect(cluster.dsn())
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {name} LOGIN {attributes}")
    connection.close()
    return name


def test_init_makes_it_and_again_changes_nothing(database):
    code, before = status(database)
    assert code == 1 and before["state"].startswith("there is no such database")
    assert tradectl(database, "init").returncode == 0
    code, after = status(database)
    assert (code, after["state"], after["users"]) == (0, READY, 0)
    assert after["schema_version"] == after["schema_version_wanted"]
    assert "0 migrations were applied" in tradectl(database, "init").stderr
    assert status(database.replace("user=postgres", "user=tradingd"))[1]["state"] == READY
    # The role that the service connects as can do what it must, and no more.
    connection = connect(f"{database.replace('user=postgres', 'user=tradingd')} options='-c role=tradingd_runtime'")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO tradingd.app_user (name) VALUES ('x') RETURNING has_table_privilege('paper_trade', 'DELETE') AS may")
        assert cursor.fetchone()["may"] is False
    connection.close()


def test_without_the_rights_it_prints_what_a_superuser_shall_run(cluster, database):
    weak = database.replace("user=postgres", f"user={role_of(cluster, '')}")
    refused = tradectl(weak, "init")
    assert refused.returncode == 4 and "CREATE DATABASE" in refused.stdout
    assert status(weak)[0] == 1
    done = subprocess.run(
        ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", cluster.dsn()], input=refused.stdout, text=True, capture_output=True
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert tradectl(weak, "init").returncode == 0
    assert status(weak)[1]["state"] == READY


def test_a_role_that_may_make_roles_and_databases_is_enough(cluster, database):
    strong = database.replace("user=postgres", f"user={role_of(cluster, 'CREATEROLE CREATEDB')}")
    if int(status(strong)[1]["server"].split()[1].split(".")[0]) >= 16:
        pytest.skip("from PostgreSQL 16 on, only who made the ledger's roles may grant them")
    assert tradectl(strong, "init").returncode == 0
    assert status(strong)[1]["state"] == READY


def test_a_backup_taken_while_it_trades_comes_back_whole(own_daemon, cluster, database, tmp_path):
    daemon = own_daemon()
    daemon.start()
    with daemon.client() as client:
        client.call("feed.add", name="f", kind="push")
        client.call("user.add", name="alice")
        client.call("run.start", user="alice", feed="f", strategy=MANUAL, initial_cash="1000")
        client.call("feed.push", name="f", rows=[{"time": "2024-01-02T15:00:00Z", "symbol": "A", "price": "10"}])
        client.call("order.place", user="alice", side="buy", quantity="3", symbol="A")
        file = tmp_path / "ledger.dump"
        assert tradectl(daemon.dsn, "backup", file).returncode == 0
        client.call("order.place", user="alice", side="buy", quantity="4", symbol="A")
    assert file.stat().st_mode & 0o777 == 0o600
    again = tradectl(daemon.dsn, "backup", file)
    assert again.returncode == 1 and "is there already" in again.stderr

    over = tradectl(daemon.dsn, "restore", file)
    assert over.returncode == 1 and "never writes over one" in over.stderr
    assert tradectl(database, "restore", file).returncode == 0
    daemon.stop()
    daemon.dsn = database
    daemon.write_config()
    daemon.start()
    with daemon.client() as client:
        trades = client.call("trade.list", user="alice")
        assert [row[trades["columns"].index("quantity")] for row in trades["rows"]] == ["3"]
        client.call("order.place", user="alice", side="sell", quantity="3", symbol="A")
        verdicts = client.call("ledger.verify")
        assert {row[verdicts["columns"].index("verdict")] for row in verdicts["rows"]} <= {"bit_exact", "sound"}


def test_the_daemons_own_cluster_is_found_and_saved(own_daemon, tmp_path):
    daemon = own_daemon(embedded=True)
    daemon.start()
    done = daemon.tradectl("db", "status", "--json", environment={"DB_DSN": ""})
    assert json.loads(done.stdout)["database"] == "tradingd"
    assert daemon.tradectl("db", "backup", tmp_path / "x.dump", environment={"DB_DSN": ""}).returncode == 0


@pytest.mark.parametrize(
    "arguments, code, message",
    [
        ([], 2, "say what to do with 'db'"),
        (["initt"], 2, "did you mean 'init'?"),
        (["backup"], 2, "needs a FILE"),
        (["status", "now"], 2, "one argument too many"),
        (["status", "--dns", "x"], 2, "--dns"),
        (["status", "--dsn", "host=/nowhere dbname=x"], 3, "can't connect"),
        (["status", "--dsn", "host=/nowhere"], 2, "names no database"),
        (["status", "--dsn", "host=/nowhere dbname=x password=secret"], 2, "passfile="),
        (["status", "--dsn", "postgresql://me:secret@nowhere/x"], 2, "passfile="),
        (["restore", "/dev/null", "--dsn", "host=/nowhere dbname=x"], 1, "pg_restore"),
    ],
)
def test_wrong_usage_is_told(arguments, code, message):
    done = tradectl(None, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "secret" not in done.stderr
