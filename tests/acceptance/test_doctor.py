"""tradectl doctor: sound, it says so; each check finds what it is there to find, and says what to do."""

import json

import ledger
import pytest
from conftest import connect
from environment import wait_until

DONE, REFUSED = 0, 1
CHECKS = ["daemon", "configuration", "database", "schema", "rights", "write path", "runs", "feeds", "disk", "clock", "calendars"]


def look(daemon):
    """(exit status, check → row)."""
    done = daemon.tradectl("--json", "doctor")
    return done.returncode, {row["check"]: row for row in json.loads(done.stdout)}


@pytest.fixture
def daemon(own_daemon):
    daemon = own_daemon()
    daemon.start()
    return daemon


def test_a_sound_daemon(daemon):
    status, found = look(daemon)
    # The clock is the machine's, and so is its disk.
    assert [check for check in found if check in CHECKS] == CHECKS
    assert {found[check]["verdict"] for check in CHECKS if check not in ("clock", "disk")} == {"ok"}, found
    assert status == (REFUSED if any(row["verdict"] == "failure" for row in found.values()) else DONE)
    assert all(row["remedy"] for row in found.values() if row["verdict"] != "ok")
    people = daemon.tradectl("doctor").stdout
    assert people.startswith("ok       daemon") and ("To do: " in people) == any(row["remedy"] for row in found.values())


@pytest.mark.parametrize(
    "check, verdict, broken, mended, words",
    [
        ("schema", "failure", "INSERT INTO schema_version (version, name, digest) VALUES (9999, 'x', 'x')",
         "DELETE FROM schema_version WHERE version = 9999", "tradingd --migrate"),
        ("rights", "failure", "GRANT DELETE ON paper_trade TO tradingd_runtime",
         "REVOKE DELETE ON paper_trade FROM tradingd_runtime", "REVOKE"),
        ("write path", "warning", "ALTER FUNCTION tradingd.apply_batch_fast RENAME TO apply_batch_gone",
         "ALTER FUNCTION tradingd.apply_batch_gone RENAME TO apply_batch_fast", "tradingd --migrate"),
        ("database", "failure", "ALTER TABLE market_feed RENAME TO market_feed_gone",
         "ALTER TABLE market_feed_gone RENAME TO market_feed", "PostgreSQL"),
        ("feeds", "failure", "UPDATE market_feed SET status = 'ERROR', message = 'torn' WHERE name = 'live'",
         "UPDATE market_feed SET status = 'ACTIVE', message = '' WHERE name = 'live'", "feed show"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_database(daemon, check, verdict, broken, mended, words):
    daemon.client().call("feed.add", name="live", kind="push")
    connection = connect(daemon.dsn)
    ledger.execute(connection, broken)
    status, found = look(daemon)
    assert found[check]["verdict"] == verdict and words in found[check]["remedy"], found[check]
    assert status == (REFUSED if verdict == "failure" else DONE)
    ledger.execute(connection, mended)
    connection.close()
    assert look(daemon)[1][check]["verdict"] == "ok"


def test_a_run_in_error_is_named(daemon):
    client = daemon.client()
    client.call("user.add", name="ann")
    client.call("feed.add", name="live", kind="push")
    run = client.call("run.start", user="ann", feed="live", strategy='strategy = "manual"\n')
    connection = connect(daemon.dsn)
    ledger.execute(connection, "UPDATE strategy_run SET status = 'ERROR', stop_reason = 'x' WHERE run_id = %s", run["run_id"])
    connection.close()
    _, found = look(daemon)
    assert found["runs"]["verdict"] == "warning" and "--status ERROR" in found["runs"]["remedy"]


def test_a_configuration_that_is_broken_since_the_start(daemon):
    text = daemon.config.read_text()
    daemon.config.write_text(text + "\nnonsense = [\n")
    status, found = look(daemon)
    assert (status, found["configuration"]["verdict"]) == (REFUSED, "failure")
    assert str(daemon.config) in found["configuration"]["finding"] and "reload" in found["configuration"]["remedy"]
    daemon.config.write_text(text)
    assert look(daemon)[1]["configuration"]["verdict"] == "ok"


def test_a_disk_that_is_gone(daemon):
    aside = daemon.folder / "aside"
    daemon.state.rename(aside)
    try:
        status, found = look(daemon)
    finally:
        aside.rename(daemon.state)
    assert (status, found["disk"]["verdict"]) == (REFUSED, "failure")
    assert "[state] directory" in found["disk"]["remedy"]


def test_a_calendar_that_ends_soon(own_daemon):
    daemon = own_daemon()
    folder = daemon.folder / "calendars"
    folder.mkdir()
    folder.chmod(0o755)
    file = folder / "TEST.toml"
    file.write_text('title = "Test"\nzone = "UTC"\n[hours]\n1901-01-01 = "09:00-17:00"\n[holidays]\n2024 = ["01-01"]\n')
    file.chmod(0o644)
    daemon.write_config(extra=f'[calendars]\ndirectory = "{folder}"\n')
    daemon.start()
    status, found = look(daemon)
    assert (status, found["calendars"]["verdict"]) == (DONE, "warning")
    assert "TEST (2024-12-31)" in found["calendars"]["finding"] and "newer version" in found["calendars"]["remedy"]


def test_a_daemon_that_waits_for_its_database(own_daemon):
    daemon = own_daemon(embedded=True)
    daemon.dsn = "host=/nonexistent dbname=nowhere connect_timeout=1"
    daemon.write_config()
    daemon.spawn()

    def answer():
        done = daemon.tradectl("--json", "doctor")
        return done if done.stdout else None

    done = wait_until(answer, "an answer")
    found = {row["check"]: row for row in json.loads(done.stdout)}
    assert (done.returncode, found["daemon"]["verdict"]) == (REFUSED, "failure")
    assert "log" in found["daemon"]["remedy"]
    daemon.kill()
    daemon.dsn = None
