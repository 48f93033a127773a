"""A disk that is really full: the ledger's tablespace on a small file system, filled to its last block."""

import contextlib
import os
import subprocess

import environment as env
import ledger
import psycopg2.extensions
import pytest
from conftest import connect
from trader import MANUAL, Trader

T1 = "2024-01-02T15:00:00Z"
T2 = "2024-01-03T15:00:00Z"
SIZE = "64m"
PLACE = {"side": "buy", "quantity": "1", "symbol": "AAPL"}


@pytest.fixture
def small_disk(cluster):
    """A tablespace on a file system of its own; (its name, its folder)."""
    folder = env.private_folder("tradingd-disk")
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tradingd-test", folder], capture_output=True
    ).returncode == 0  # fmt: skip
    if not mounted:
        folder.rmdir()
        pytest.skip("needs root and a machine that lets it mount")
    name = folder.name.replace("-", "_")
    with contextlib.closing(connect(cluster.dsn())) as server:
        try:
            space = env.give(folder / "space", "postgres")
            ledger.execute(server, f"CREATE TABLESPACE {name} LOCATION '{space}'")
            yield name, folder
            ledger.execute(server, f"DROP TABLESPACE {name}")
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
            folder.rmdir()


@pytest.fixture
def cramped(small_disk, own_daemon, cluster):
    """A daemon, not yet started, whose ledger is there; it is moved away when the test is over."""
    daemon = own_daemon()
    database = psycopg2.extensions.parse_dsn(daemon.dsn)["dbname"]

    def move(space):
        with contextlib.closing(connect(cluster.dsn())) as server:
            ledger.execute(server, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", database)
            ledger.execute(server, f'ALTER DATABASE "{database}" SET TABLESPACE {space}')

    move(small_disk[0])
    yield daemon
    daemon.kill()
    move("pg_default")


def fill(path):
    """Takes all space that is left."""
    with path.open("wb", buffering=0) as ballast:
        with contextlib.suppress(OSError):
            while True:
                ballast.write(b"\0" * 65536)
        with contextlib.suppress(OSError):
            while True:
                ballast.write(b"\0" * 512)


def test_a_full_disk_is_waited_out(cramped, small_disk):
    daemon, ballast = cramped, small_disk[1] / "ballast"
    daemon.start()
    with contextlib.closing(connect(daemon.dsn)) as connection, daemon.client() as client, daemon.client() as other:
        trader = Trader(client, connection, "cramped")
        trader.start(MANUAL)
        trader.tick(T1, AAPL="100")
        fill(ballast)
        # What is left of the tables' last blocks takes some more orders.
        sent = 0
        while other.call("status")["database"]["available"]:
            client.send("order.place", user="cramped", request_id=f"r{sent}", **PLACE)
            sent += 1
            env.wait_until(
                lambda: trader.count("paper_order") == sent or not other.call("status")["database"]["available"],
                "an order, or its wait for the database",
            )
        assert "No space left" in daemon.log_tail(), daemon.log_tail()
        assert trader.status() == "RUNNING"
        written = trader.count("paper_order")
        assert written < sent
        ballast.unlink()
        answers = [client.read_message() for _ in range(sent)]
        assert [answer[3]["status"] for answer in answers] == ["FILLED"] * sent
        assert trader.count("paper_order") == trader.count("paper_trade") == sent
        trader.tick(T2, AAPL="101")
        assert other.call("status")["database"]["available"]
        assert daemon.stop() == 0
