"""Throwaway PostgreSQL clusters and daemons for the suite: how they are started, killed and cleaned away."""

import contextlib
import grp
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

import psycopg2
import pytest

from client import Client

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_DEADLINE_S = 60
STOP_DEADLINE_S = 60


class EnvironmentFailure(Exception):
    """The surroundings of the tests can't be made; the message says what is missing and the remedy."""


def wait_until(condition, what, deadline_s=START_DEADLINE_S):
    """Polls `condition` until it is true; its last value is returned."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise EnvironmentFailure(f"{what} did not happen within {deadline_s} s")
        time.sleep(0.02)


def build_folder():
    """The folder with the newest tradingd; TRADINGD_BUILD names one."""
    named = os.environ.get("TRADINGD_BUILD")
    candidates = [pathlib.Path(named).resolve()] if named else [ROOT / "build" / n for n in ("release", "dev", "asan")]
    built = [folder for folder in candidates if (folder / "tradingd").exists() and (folder / "tradectl").exists()]
    if not built:
        raise EnvironmentFailure(
            f"there is no tradingd and tradectl in {', '.join(map(str, candidates))}; build them:\n"
            "  cmake --preset release && cmake --build build/release"
        )
    return max(built, key=lambda folder: (folder / "tradingd").stat().st_mtime)


def is_sanitized(folder):
    """Whether a build has AddressSanitizer, which takes memory of its own."""
    cache = folder / "CMakeCache.txt"
    return cache.is_file() and "TD_SANITIZE:STRING=address" in cache.read_text()


def has_failpoints(folder):
    """Whether the build can inject failures (TD_FAILPOINTS)."""
    cache = folder / "CMakeCache.txt"
    return cache.exists() and "TD_FAILPOINTS:BOOL=ON" in cache.read_text()


def private_folder(prefix):
    """A new folder that other accounts may pass through; the daemon and PostgreSQL may run as such."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir="/tmp"))
    folder.chmod(0o755)
    return folder


def give(path, account):
    """Makes `path`, owned by `account` where we may say so."""
    path.mkdir(mode=0o755)
    if os.geteuid() == 0:
        entry = pwd.getpwnam(account)
        os.chown(path, entry.pw_uid, entry.pw_gid)
    return path


class Cluster:
    """A throwaway PostgreSQL cluster with its socket in `folder`; it trusts everybody."""

    def __init__(self, folder):
        self.folder = folder

    def _control(self, command):
        done = subprocess.run([ROOT / "tests/support/cluster", command, self.folder], capture_output=True, text=True)
        if done.returncode != 0:
            raise EnvironmentFailure(f"tests/support/cluster {command} failed:\n{done.stdout}{done.stderr}")

    def start(self):
        self._control("start")

    def stop(self):
        self._control("stop")

    def dsn(self, database="postgres"):
        return f"host={self.folder} dbname={database} user=postgres"

    def create_database(self, name):
        """A new, empty database; its DSN."""
        connection = psycopg2.connect(self.dsn())
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
        connection.close()
        return self.dsn(name)


class Daemon:
    """A tradingd with a folder, a socket and a configuration of its own; `dsn` None: on its embedded PostgreSQL."""

    ACCOUNT = "tradingd"  # what the daemon drops to when we are root

    def __init__(self, folder, dsn=None, build=None):
        self.build = build or build_folder()
        self.folder = folder
        self.dsn = dsn
        self.process = None
        if os.geteuid() == 0:
            try:
                pwd.getpwnam(self.ACCOUNT)
            except KeyError:
                raise EnvironmentFailure(
                    f"the account {self.ACCOUNT} is missing; run packaging/install-dependencies --run"
                ) from None
        folder.mkdir(mode=0o755, exist_ok=True)
        self.state = give(folder / "state", self.ACCOUNT)
        self.feeds = give(folder / "feeds", self.ACCOUNT)
        self.run_folder = give(folder / "run", self.ACCOUNT)
        self.socket = self.run_folder / "tradingd.sock"
        self.base_url = f"unix://{self.socket}"
        self.log = folder / "daemon.log"
        self.config = folder / "tradingd.toml"
        self.write_config()

    def write_config(self, socket=None, extra=""):
        """Writes tradingd.toml; `extra` goes into its [daemon] table."""
        database = f'dsn = "{self.dsn}"' if self.dsn else ""
        self.config.write_text(
            f"""[socket]
path = "{socket or self.socket}"
admin_group = "{grp.getgrgid(os.getgid()).gr_name}"

[state]
directory = "{self.state}"

[database]
{database}

[feeds]
directory = "{self.feeds}"

[daemon]
user = "{self.ACCOUNT}"
{extra}
"""
        )
        self.config.chmod(0o644)

    def _environment(self, failpoints=None):
        environment = {k: v for k, v in os.environ.items() if k not in ("BASE_URL", "DB_DSN", "TRADINGD_FAILPOINTS")}
        if failpoints:
            environment["TRADINGD_FAILPOINTS"] = failpoints
        return environment

    def command(self, *arguments):
        """Runs tradingd with arguments to its end."""
        return subprocess.run(
            [self.build / "tradingd", "--config", self.config, *arguments],
            env=self._environment(), capture_output=True, text=True, timeout=START_DEADLINE_S,
        )  # fmt: skip

    def migrate(self):
        done = self.command("--migrate")
        if done.returncode != 0:
            raise EnvironmentFailure(f"tradingd --migrate failed:\n{done.stdout}{done.stderr}")

    def spawn(self, failpoints=None):
        """Starts the process without waiting for it to serve."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self.build / "tradingd", "--config", self.config],
                env=self._environment(failpoints), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def start(self, failpoints=None):
        """Starts the process and waits until it serves; one that doesn't is killed."""
        self.spawn(failpoints)
        try:
            wait_until(self._serves_or_ended, "the start of tradingd")
        except EnvironmentFailure as failure:
            self.kill()
            raise EnvironmentFailure(f"{failure}:\n{self.log_tail()}") from None
        if self.process.poll() is not None:
            raise EnvironmentFailure(f"tradingd ended with status {self.process.returncode}:\n{self.log_tail()}")

    def _serves_or_ended(self):
        if self.process.poll() is not None:
            return True
        try:
            with Client(self.base_url, timeout=5) as client:
                return client.call("status")["state"].startswith("serving")
        except OSError:
            return False

    def client(self, timeout=60.0):
        return Client(self.base_url, timeout)

    def wait_for_end(self, deadline_s=STOP_DEADLINE_S):
        """Waits for the process to end by itself; its exit status, negative for a signal."""
        try:
            return self.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            raise EnvironmentFailure(f"tradingd did not end within {deadline_s} s:\n{self.log_tail()}") from None

    def stop(self, signal_number=signal.SIGTERM):
        """Signals the process and waits for its end; its exit status."""
        if self.process is None:
            return None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal_number)
        return self.wait_for_end()

    def kill(self):
        return self.stop(signal.SIGKILL)

    def log_tail(self, lines=30):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def tradectl(self, *arguments, stdin=None, environment=None):
        """Runs tradectl against this daemon."""
        return run_tradectl(self.build, self.base_url, *arguments, stdin=stdin, environment=environment)


def run_tradectl(build, base_url, *arguments, stdin=None, environment=None):
    """Runs tradectl; the completed process has text output."""
    variables = {**os.environ, "BASE_URL": base_url, "NO_COLOR": "1", **(environment or {})}
    return subprocess.run(
        [build / "tradectl", *map(str, arguments)],
        env=variables, input=stdin, capture_output=True, text=True, timeout=START_DEADLINE_S,
        stdin=subprocess.DEVNULL if stdin is None else None,
    )  # fmt: skip


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)


def tool(name):
    """A program that some cases need; they are skipped where it is missing."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{ROOT / 'build/tools'}")
    if found is None:
        pytest.skip(f"{name} is missing: packaging/install-dependencies --test")
    return found
