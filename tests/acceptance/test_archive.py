"""The archive: old marks and equity points go to files, whole partitions of them, and are still proven there."""

import contextlib
import gzip
import json
import subprocess

import environment as env
import ledger
import pytest
from client import Client, RpcError
from conftest import connect
from trader import Trader, sip

LEDGERS = ("mtm_ledger", "paper_equity_curve")
FAR = "2100-01-01"


class Site:
    """A daemon on a ledger of its own, whose partitions are ended by hand."""

    def __init__(self, folder, dsn):
        self.folder = folder
        self.daemon = env.Daemon(folder / "daemon", dsn)
        self.archive = self.daemon.state / "archive"
        self.daemon.migrate()
        self.daemon.start()
        self.db = connect(dsn)
        self.client = Client(self.daemon.base_url)

    def close(self):
        self.client.close()
        self.db.close()
        self.daemon.kill()

    def restart(self, failpoints=None):
        self.client.close()
        self.daemon.stop()
        self.daemon.start(failpoints)
        self.client = Client(self.daemon.base_url)

    def end_partitions(self):
        """Ends the last partition of both ledgers after its last row, as the daemon does when it is full."""
        for name in LEDGERS:
            assert ledger.value(self.db, f"SELECT tradingd.split_full_partition('{name}', 1)")

    def call(self, method, **arguments):
        page = self.client.call(method, **arguments)
        return [dict(zip(page["columns"], row, strict=True)) for row in page["rows"]]

    def take(self, before=FAR, **arguments):
        return self.call("ledger.archive", before=before, **arguments)

    def verdicts(self):
        return {row["check"]: (row["verdict"], row["detail"]) for row in self.call("ledger.verify")}

    def assert_proven(self):
        bad = {check: verdict for check, verdict in self.verdicts().items() if verdict[0] not in ("sound", "bit_exact")}
        assert not bad, bad
        ledger.assert_sound(self.db)

    def partitions(self, name):
        return [
            row["relname"]
            for row in ledger.query(
                self.db,
                "SELECT relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = %s::regclass"
                " ORDER BY relname", f"tradingd.{name}",
            )
        ]  # fmt: skip


@pytest.fixture
def site(cluster, request):
    if "BASE_URL" in __import__("os").environ:
        pytest.skip("needs a daemon of its own")
    folder = env.private_folder("tradingd-archive")
    name = "archive_" + folder.name.rsplit("-", 1)[1].lower()
    site = Site(folder, cluster.create_database(name))
    try:
        yield site
    finally:
        site.close()
        env.remove(folder)


@pytest.fixture
def desk(site):
    """Two runs with marks in three partitions; bob's is stopped in the first."""
    alice, bob = (Trader(site.client, site.db, name) for name in ("alice", "bob"))
    alice.start(sip(amount="500"))
    bob.start(feed=alice.feed)
    alice.tick("2024-01-15T15:00:00Z", AAPL="100")
    bob.place("buy", "10", "AAPL")
    alice.tick("2024-01-16T15:00:00Z", AAPL="101.5")
    bob.stop()
    site.end_partitions()
    alice.tick("2024-02-15T15:00:00Z", AAPL="99")
    alice.tick("2024-02-16T15:00:00Z", AAPL="97")
    site.end_partitions()
    alice.tick("2024-03-15T15:00:00Z", AAPL="110")
    site.alice, site.bob = alice, bob
    return site


def shown(site, trader):
    return site.client.call("run.show", user=trader.name, run=trader.run_id)


def test_whole_partitions_go_and_are_still_proven(desk):
    before = {trader.name: shown(desk, trader) for trader in (desk.alice, desk.bob)}
    rows = ledger.query(desk.db, "SELECT * FROM paper_equity_curve WHERE logical_time < '2024-02-01'")

    planned = desk.take("2024-02-10", dry_run=True)
    assert [(row["ledger"], row["rows"], row["verdict"]) for row in planned] == [
        (name, 4, "to be archived") for name in LEDGERS
    ]
    assert not desk.archive.exists() and desk.alice.count("mtm_ledger") == 5, "a dry run changes nothing"

    assert [row["verdict"] for row in desk.take("2024-02-10")] == ["archived"] * 2
    assert (desk.alice.count("mtm_ledger"), desk.bob.count("mtm_ledger")) == (3, 0)
    desk.assert_proven()
    assert {trader.name: shown(desk, trader) for trader in (desk.alice, desk.bob)} == {
        name: row for name, row in before.items()
    }, "a run is worth what it was"

    # Anybody can read the files.
    with gzip.open(desk.archive / "paper_equity_curve_1.csv.gz", "rt") as file:
        lines = file.read().splitlines()
    assert lines[0] == "user_id,run_id,logical_time,cash,mtm,equity"
    assert lines[1].split(",")[2] == "2024-01-15T15:00:00Z"
    assert sorted(line.split(",")[5] for line in lines[1:]) == sorted(str(row["equity"]) for row in rows)
    manifest = json.loads((desk.archive / "mtm_ledger_1.json").read_text())
    assert manifest["rows"] == 4 and len(manifest["blocks"]) == 2

    assert desk.take("2024-02-10") == [], "again: nothing is left to do"
    assert len(desk.take()) == 2, "the last partition stays, being written to"
    assert desk.alice.count("mtm_ledger") == 1
    assert all(len(desk.partitions(name)) == 2 for name in LEDGERS), "empty neighbours become one"
    desk.alice.tick("2024-03-18T15:00:00Z", AAPL="111")
    desk.assert_proven()
    desk.restart()
    desk.alice.client = desk.client
    desk.alice.tick("2024-03-19T15:00:00Z", AAPL="112")
    desk.assert_proven()


def test_a_run_in_the_past_goes_on_where_others_were_archived(desk):
    desk.take()
    carol = Trader(desk.client, desk.db, "carol")
    carol.start(sip(amount="100", start="2020-01-01"))
    carol.tick("2020-01-15T15:00:00Z", MSFT="10")
    carol.tick("2024-01-15T15:00:00Z", MSFT="11")
    assert carol.count("mtm_ledger") == 2
    desk.assert_proven()
    assert [row["rows"] for row in desk.take()] == [2, 2]
    carol.tick("2024-01-16T15:00:00Z", MSFT="12")
    desk.end_partitions()
    desk.alice.tick("2024-04-15T15:00:00Z", AAPL="120")
    desk.take()
    assert (carol.count("mtm_ledger"), desk.alice.count("mtm_ledger")) == (0, 1)
    desk.assert_proven()
    desk.client.call("run.stop", user="carol")
    desk.client.call("run.delete", user="carol", run=carol.run_id)
    desk.assert_proven()


@pytest.mark.parametrize("file, place", [("mtm_ledger_1.csv.gz", -3), ("paper_equity_curve_1.csv.gz", -3),
                                         ("mtm_ledger_1.json", 30)])  # fmt: skip
def test_a_damaged_archive_is_told(desk, file, place):
    desk.take()
    path = desk.archive / file
    sound = path.read_bytes()
    path.write_bytes(sound[:place] + bytes([sound[place] ^ 1]) + sound[place:][1:])
    verdicts = desk.verdicts()
    verdict, detail = verdicts[f"archive {file.split('.')[0]}"]
    assert verdict == "damaged" and file in detail
    for trader in (desk.alice, desk.bob):
        verdict, detail = verdicts[f"run {trader.run_id} of {trader.name}"]
        assert verdict == "diverged" and detail.startswith(file.split("_1")[0]) and file in detail
    path.write_bytes(sound)
    desk.assert_proven()
    path.unlink()
    assert desk.verdicts()[f"archive {file.split('.')[0]}"][0] == "damaged"


def test_rows_that_the_engine_does_not_make_are_told_from_the_archive(desk):
    with connect(desk.daemon.dsn) as superuser:
        ledger.execute(superuser, "SET session_replication_role = replica")
        ledger.execute(superuser, "UPDATE mtm_ledger SET market_value = market_value + 1 WHERE run_id = %s", desk.bob.run_id)
        ledger.execute(superuser, "DELETE FROM paper_equity_curve WHERE run_id = %s AND logical_time < '2024-02-01'", desk.alice.run_id)  # fmt: skip
    desk.take()
    verdicts = desk.verdicts()
    assert verdicts[f"run {desk.bob.run_id} of bob"][0] == "diverged"
    assert verdicts[f"run {desk.bob.run_id} of bob"][1].startswith("mtm_ledger 2024-01-15T15:00:00Z in the archive")
    assert verdicts[f"run {desk.alice.run_id} of alice"][1].startswith("paper_equity_curve")
    assert verdicts["archive mtm_ledger_1"][0] == "sound", "it is what was archived"


@pytest.mark.parametrize("place", ["archive.rows_durable", "archive.files_durable", "archive.removed"])
@pytest.mark.parametrize("hit", [1, 2, 3])
def test_a_kill_at_any_step_loses_nothing(desk, place, hit):
    if not env.has_failpoints(desk.daemon.build):
        pytest.skip("needs a build with failpoints")
    desk.restart(f"{place}=kill:{hit}")
    with contextlib.suppress(OSError, EOFError, RpcError):
        desk.take()
    assert desk.daemon.wait_for_end() != 0
    desk.daemon.start()
    desk.client.close()
    desk.client = Client(desk.daemon.base_url)
    desk.assert_proven()
    desk.take()
    assert desk.alice.count("mtm_ledger") == 1 and desk.alice.count("paper_equity_curve") == 1
    assert sorted(path.suffix for path in desk.archive.iterdir()) == [".gz"] * 4 + [".json"] * 4
    desk.assert_proven()


def test_nothing_leaves_the_ledger_without_durable_files(desk):
    desk.archive.write_text("in the way")
    with pytest.raises(RpcError) as refused:
        desk.take()
    assert refused.value.code == "REFUSED" and "[archive] directory" in refused.value.message
    assert desk.alice.count("mtm_ledger") == 5
    desk.assert_proven()


def test_retention_is_a_setting(desk):
    config = desk.daemon.config
    config.write_text(config.read_text() + f'\n[archive]\ndirectory = "{desk.daemon.state}/old"\nafter_days = 30\n')
    desk.restart()
    env.wait_until(lambda: ledger.value(desk.db, "SELECT count(*) FROM ledger_archive") >= 2, "the archiving")
    assert (desk.daemon.state / "old/mtm_ledger_1.csv.gz").exists()
    assert ledger.query(desk.db, "SELECT DISTINCT uid FROM ledger_archive") == [{"uid": -1}]
    desk.assert_proven()


def test_the_database_lets_go_only_of_what_was_read(desk):
    removal = "SELECT remove_archived_partition(%s, %s, %s, %s, '\\x{}', 0)".format("00" * 32)
    with ledger.refused("TD007"):
        ledger.execute(desk.db, removal, "mtm_ledger", "mtm_ledger_1", 3, 7)
    for name in ("mtm_ledger_3", "paper_trade", "mtm_ledger_99"):
        with ledger.refused("22023"):
            ledger.execute(desk.db, removal, "mtm_ledger", name, 1, 1)
    ledger.execute(desk.db, "SET ROLE tradingd_readonly")
    with ledger.refused("42501"):
        ledger.execute(desk.db, removal, "mtm_ledger", "mtm_ledger_1", 4, 1)


def test_the_tool(desk):
    def tradectl(*arguments):
        return subprocess.run([desk.daemon.build / "tradectl", "--socket", desk.daemon.socket, *arguments],
                              capture_output=True, text=True, timeout=60)  # fmt: skip

    done = tradectl("ledger", "archive", "--before", "1y", "--dry-run")
    assert done.returncode == 0 and "to be archived" in done.stdout and "mtm_ledger_1.csv.gz" in done.stdout
    assert tradectl("ledger", "archive").returncode == 2
    assert tradectl("ledger", "archive", "--before", "yesterday").returncode == 2
    done = tradectl("--json", "ledger", "archive", "--before", "2024-02-10")
    assert [row["rows"] for row in json.loads(done.stdout)] == [4, 4]
