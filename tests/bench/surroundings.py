"""What the benchmarks run on: a PostgreSQL with the settings that tradingd ships, databases on it, daemons, processor times."""

import contextlib
import pathlib
import re
import subprocess
import sys
import time

import psycopg2

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/acceptance"))

import environment as env  # noqa: E402

SYMBOL = "SPX"
CONNECTIONS = 300  # pgbench needs one for each client


def build_folder():
    """The release build, made if there is none or it is old; TRADINGD_BUILD names another, taken as it is."""
    import os

    if named := os.environ.get("TRADINGD_BUILD"):
        return pathlib.Path(named).resolve()
    folder = ROOT / "build/release"
    subprocess.run(["cmake", "--preset", "release", "-DTD_TESTS=ON"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    targets = ["tradingd", "tradectl", "tradingd_bench", "tradingd_micro"]
    subprocess.run(["cmake", "--build", folder, "--target", *targets], check=True, stdout=subprocess.DEVNULL)
    return folder


def processor_s(process):
    """Processor time of a process so far; 0 when it is gone."""
    with contextlib.suppress(OSError):
        return int(pathlib.Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9
    return 0.0


def threads_processor_s(process):
    """The same over all its threads that live."""
    return sum(
        int((task / "schedstat").read_text().split()[0]) / 1e9 for task in pathlib.Path(f"/proc/{process}/task").iterdir()
    )


def resident_bytes(process):
    """Memory that the process has, without what others share with it."""
    text = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text()
    return sum(int(kib) * 1024 for kib in re.findall(r"^Private_(?:Clean|Dirty):\s+(\d+)", text, re.MULTILINE))


class Surroundings:
    """A cluster of a daemon's own, and the folder in which everything happens. Close it at the end."""

    def __init__(self, folder, build):
        self.folder, self.build = folder, build
        self.counter = 0
        self.daemons = []
        self.host = env.Daemon(folder / "host", build=build)
        self.host.start()
        self.host.stop()
        data = next(self.host.state.rglob("local.conf"))
        data.write_text(f"max_connections = {CONNECTIONS}\n")
        self.host.start()
        with self.host.client() as client:
            connect = client.call("status")["database"]["connect"]
        self.dsn_start = re.sub(r"\b(user|dbname)=\S+ ?", "", connect).strip()

    def dsn(self, database):
        return f"{self.dsn_start} user=postgres dbname={database}"

    def database(self):
        """A new, migrated database; its DSN. Migrated is only the first, of which the others are copies."""
        if self.counter == 0:
            self.execute("CREATE DATABASE bench_template")
            self.daemon(self.dsn("bench_template")).migrate()
        self.counter += 1
        name = f"bench_{self.counter}"
        self.execute(
            f"CREATE DATABASE {name} TEMPLATE bench_template",
            f"ALTER DATABASE {name} SET search_path = tradingd, public",  # not copied
            f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC",
        )
        return self.dsn(name)

    def drop(self, dsn):
        """Makes room for the next one."""
        self.execute(f"DROP DATABASE {dsn.split('dbname=')[1]} WITH (FORCE)")

    def execute(self, *statements):
        """On the server, each in a transaction of its own."""
        connection = psycopg2.connect(self.dsn("postgres"))
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)
        connection.close()

    def daemon(self, dsn):
        """A daemon on a database, not started."""
        daemon = env.Daemon(self.folder / f"daemon{len(self.daemons)}", dsn, build=self.build)
        text = daemon.config.read_text()
        daemon.config.write_text(text.replace("[socket]\n", "[socket]\nmax_connections_per_uid = 400\n"))
        self.daemons.append(daemon)
        return daemon

    def bench(self, *arguments):
        """Runs a command of tradingd_bench; its answer."""
        import json

        done = subprocess.run(
            [self.build / "tests/tradingd_bench", *map(str, arguments)], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise env.EnvironmentFailure(f"tradingd_bench {arguments[0]} failed: {done.stderr}")
        return json.loads(done.stdout)

    def backends_s(self, dsn):
        """Processor time of the database's server processes that live."""
        connection = psycopg2.connect(dsn)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            pids = [row[0] for row in cursor.fetchall()]
        connection.close()
        return sum(processor_s(pid) for pid in pids)

    def close(self):
        for daemon in [*self.daemons, self.host]:
            if daemon.process is not None and daemon.process.poll() is None:
                daemon.stop()
        env.remove(self.folder)


class Days:
    """Weekdays to push, one after the other."""

    def __init__(self):
        self.day = 18_628  # 2021-01-01

    def next_rows(self):
        self.day += 1
        while time.gmtime(self.day * 86_400).tm_wday >= 5:
            self.day += 1
        stamp = time.strftime("%Y-%m-%dT20:00:00Z", time.gmtime(self.day * 86_400))
        return [{"time": stamp, "symbol": SYMBOL, "price": str(100 + self.day % 17 - self.day % 5)}]
