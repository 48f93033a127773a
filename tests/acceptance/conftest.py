"""Fixtures of the black-box suite: the daemon under test, its ledger, and traders with runs of their own."""

import os
import pathlib
import sys
import uuid

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

try:
    import msgpack  # noqa: F401
    import psycopg2
    import psycopg2.extensions
    import psycopg2.extras
except ImportError as error:
    pytest.exit(
        f"{sys.executable} has no module {error.name}. The suite needs python3-msgpack and python3-psycopg2:\n"
        "run packaging/install-dependencies --test, then /usr/bin/python3 -m pytest -q",
        returncode=4,
    )


import environment as env  # noqa: E402
import ledger  # noqa: E402
from client import Client  # noqa: E402
from trader import Trader  # noqa: E402


class Server:
    """The daemon that most tests share: where it listens, and its ledger."""

    def __init__(self, base_url, dsn, daemon=None):
        self.base_url = base_url
        self.dsn = dsn
        self.daemon = daemon  # None: somebody else's, named by BASE_URL

    @property
    def build(self):
        return env.build_folder()


@pytest.fixture(scope="session")
def cluster():
    """A PostgreSQL cluster for daemons that the suite starts itself."""
    folder = env.private_folder("tradingd-tests")
    cluster = env.Cluster(folder / "postgres")
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        env.remove(folder)


@pytest.fixture(scope="session")
def server(request):
    """What BASE_URL and DB_DSN name; with neither set, a daemon and a cluster of our own."""
    base_url, dsn = os.environ.get("BASE_URL"), os.environ.get("DB_DSN")
    if bool(base_url) != bool(dsn):
        pytest.exit("set both BASE_URL and DB_DSN, or neither", returncode=4)
    if base_url:
        yield Server(base_url, dsn)
        return
    folder = env.private_folder("tradingd-tests")
    dsn = request.getfixturevalue("cluster").create_database("shared")
    daemon = env.Daemon(folder / "daemon", dsn)
    try:
        daemon.migrate()
        daemon.start()
        yield Server(daemon.base_url, dsn, daemon)
        status = daemon.stop()
        assert status == 0, f"tradingd ended with status {status}:\n{daemon.log_tail()}"
    finally:
        daemon.kill()
        env.remove(folder)


@pytest.fixture
def api(server):
    """A connection to the daemon under test."""
    with Client(server.base_url) as client:
        yield client


def connect(dsn):
    """A connection to a ledger, committing each statement by itself; decimals come as Decimal."""
    connection = psycopg2.connect(dsn, cursor_factory=psycopg2.extras.RealDictCursor)
    connection.autocommit = True
    return connection


@pytest.fixture
def db(server):
    connection = connect(server.dsn)
    yield connection
    connection.close()


@pytest.fixture
def second_db(server):
    """Another connection, for what needs two sessions at once."""
    connection = connect(server.dsn)
    yield connection
    connection.close()


@pytest.fixture(autouse=True)
def post_run_assertions(request):
    """The plan's assertions on the ledger under test, after every case."""
    yield
    if "server" not in request.fixturenames:
        return
    connection = connect(request.getfixturevalue("server").dsn)
    try:
        ledger.assert_sound(connection)
    finally:
        connection.close()


@pytest.fixture
def make_trader(api, db):
    """Makes traders: each a new user with a new push feed, and with a run when it is started."""
    traders = []

    def make(client=api, connection=db):
        trader = Trader(client, connection, f"t-{uuid.uuid4().hex[:12]}")
        traders.append(trader)
        return trader

    yield make
    for trader in traders:
        trader.stop_if_running()


@pytest.fixture
def sql_run(db):
    """Makes runs in the ledger by SQL alone: sql_run(status) returns (user_id, run_id) of a new user's new run."""
    made = []

    def make(status="RUNNING", user_id=None):
        if user_id is None:
            user_id = ledger.new_user(db, f"s-{uuid.uuid4().hex[:12]}")
        run_id = ledger.new_run(db, user_id, status)
        made.append((user_id, run_id))
        return user_id, run_id

    yield make
    for user_id, run_id in made:
        ledger.execute(
            db,
            "UPDATE strategy_run SET status = 'STOPPED' WHERE user_id = %s AND run_id = %s AND status = 'RUNNING'",
            user_id, run_id,
        )  # fmt: skip


@pytest.fixture
def own_daemon(request):
    """Makes daemons to be killed: own_daemon(embedded=False) is started by the test; its ledger is checked at the end."""
    if os.environ.get("BASE_URL"):
        pytest.skip("BASE_URL names a daemon that is not ours to kill")
    folder = env.private_folder("tradingd-own")
    made = []

    def make(embedded=False):
        name = f"d{len(made)}"
        dsn = None
        if not embedded:
            dsn = request.getfixturevalue("cluster").create_database(f"own_{uuid.uuid4().hex[:12]}")
        daemon = env.Daemon(folder / name, dsn)
        if not embedded:
            daemon.migrate()
        made.append(daemon)
        return daemon

    yield make
    try:
        for daemon in made:
            daemon.stop()
            if daemon.dsn:
                connection = connect(daemon.dsn)
                ledger.assert_sound(connection)
                connection.close()
    finally:
        for daemon in made:
            daemon.kill()
        env.remove(folder)


@pytest.fixture
def failpoints():
    """Skips where the build can't inject failures."""
    if not env.has_failpoints(env.build_folder()):
        pytest.skip("this build has no failpoints; tests/run tries these cases on the asan build")


