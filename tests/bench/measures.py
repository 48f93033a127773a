"""The benchmarks. Each is a function of the surroundings and of whether it is to be short; it gives a list of figures."""

import contextlib
import json
import signal
import statistics
import subprocess
import time

import environment as env
from surroundings import Days, processor_s, resident_bytes, threads_processor_s

RUNS = {10: 300, 1_000: 40, 10_000: 12, 100_000: 4}  # ticks for each number of runs
RUNS_SHORT = {10: 3, 200: 2}


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


@contextlib.contextmanager
def serving(surroundings, runs):
    """A daemon that serves so many runs; with its DSN."""
    dsn = surroundings.database()
    surroundings.bench("seed", "--dsn", dsn, "--runs", runs)
    daemon = surroundings.daemon(dsn)
    daemon.start()
    try:
        yield daemon, dsn
    finally:
        daemon.stop()
        surroundings.drop(dsn)


def ledger(surroundings, short):
    """Durable run-ticks/s of the store alone and end to end, against L."""
    figures = []
    for runs, ticks in (RUNS_SHORT if short else RUNS).items():
        for connections in (1, 2):
            dsn = surroundings.database()
            found = surroundings.bench("ledger", "--dsn", dsn, "--runs", runs, "--ticks", ticks, "--connections", connections)
            surroundings.drop(dsn)
            figures.append({"what": "store alone", **found})
        figures.append({"what": "end to end", **end_to_end(surroundings, runs, ticks)})
    return figures


def end_to_end(surroundings, runs, ticks):
    """Ticks pushed over the socket, one after the other, each until it is acknowledged; then L of the same rows."""
    with serving(surroundings, runs) as (daemon, dsn), daemon.client(timeout=600) as client:
        days = Days()
        client.call("feed.push", name="bench", rows=days.next_rows())  # warms the caches
        spent, own, server = [], threads_processor_s(daemon.process.pid), surroundings.backends_s(dsn)
        for _ in range(ticks):
            start = time.perf_counter()
            client.call("feed.push", name="bench", rows=days.next_rows())
            spent.append(time.perf_counter() - start)
        own, server = threads_processor_s(daemon.process.pid) - own, surroundings.backends_s(dsn) - server
        bare = {n: surroundings.bench("reference", "--dsn", dsn, "--ticks", ticks, "--connections", n) for n in (1, 2)}
    return {
        "runs": runs,
        "ticks": ticks,
        "run_ticks_per_s": runs * ticks / sum(spent),
        "ratio": bare[1]["seconds"] / sum(spent),
        "ratio_to_l_on_2": bare[2]["seconds"] / sum(spent),
        "tick_ms_p50": statistics.median(spent) * 1e3,
        "daemon_us_per_run_tick": own / runs / ticks * 1e6,
        "server_us_per_run_tick": server / runs / ticks * 1e6,
        "l_server_us_per_run_tick": bare[1]["server_seconds"] / runs / ticks * 1e6,
        "daemon_to_server_cpu": own / server,
    }


def pgbench(surroundings, dsn, clients, seconds):
    """Commits of one inserted row, a client one at a time."""
    script, prefix = surroundings.folder / "insert.sql", surroundings.folder / "pgbench_log"
    script.write_text("INSERT INTO bare_order (client, symbol, quantity, price) VALUES (:client_id, 'SPX', 1, 100);\n")
    connection = env.psycopg2.connect(dsn)
    connection.autocommit = True
    connection.cursor().execute(
        "SET client_min_messages = warning; CREATE TABLE IF NOT EXISTS public.bare_order (id bigserial PRIMARY KEY,"
        " client int, symbol text, quantity numeric, price numeric, at timestamptz DEFAULT now())"
    )
    connection.close()
    for old in surroundings.folder.glob("pgbench_log*"):
        old.unlink()
    threads = min(clients, 2)
    subprocess.run(
        ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", str(threads), "-T", str(seconds), "-f", script,
         "-l", f"--log-prefix={prefix}", dsn],
        check=True, capture_output=True, cwd=surroundings.folder,
    )  # fmt: skip
    latencies = [
        int(line.split()[2]) for log in surroundings.folder.glob("pgbench_log*") for line in log.read_text().splitlines()
    ]
    return {"commits_per_s": len(latencies) / seconds, "p50_us": percentile(latencies, 0.5), "p99_us": percentile(latencies, 0.99)}


def orders(surroundings, short):
    """Market orders that fill at once, against single-insert commits of as many pgbench clients."""
    counts, seconds = ((1, 4), 1) if short else ((1, 16, 64, 256), 6)
    figures = []
    with serving(surroundings, max(counts)) as (daemon, dsn):
        with daemon.client() as client:
            client.call("feed.push", name="bench", rows=Days().next_rows())
        for clients in counts:
            bare = pgbench(surroundings, dsn, clients, seconds)
            found = surroundings.bench(
                "orders", "--socket", daemon.socket, "--clients", clients, "--seconds", seconds, "--warm-up", seconds / 4
            )
            figures.append(
                {
                    **found,
                    "pgbench_per_s": bare["commits_per_s"],
                    "ratio": found["orders_per_s"] / bare["commits_per_s"],
                    "p50_ratio": found["p50_us"] / bare["p50_us"],
                    "p99_ratio": found["p99_us"] / bare["p99_us"],
                }
            )
    return figures


def replay(surroundings, short):
    """The engine alone on one core: bars of a plan, and orders placed, canceled and traded."""
    bars, rounds = (2_000, 2_000) if short else (1_000_000, 500_000)
    return [
        {"what": "one portfolio", **surroundings.bench("replay", "--bars", bars)},
        {"what": "a hundred portfolios", **surroundings.bench("replay", "--runs", 100, "--bars", bars // 100)},
        {"what": "resting orders", **surroundings.bench("matching", "--rounds", rounds)},
    ]


def growth(surroundings, short):
    """The cost of a run-tick while the ledger grows: rows in each per-tick table before."""
    sizes, runs, ticks = ((0, 20_000), 100, 2) if short else ((0, 1_000_000, 10_000_000), 10_000, 8)
    figures = []
    for rows in sizes:
        dsn = surroundings.database()
        found = surroundings.bench("ledger", "--dsn", dsn, "--runs", runs, "--ticks", ticks, "--preload", rows)
        surroundings.drop(dsn)
        figures.append({"rows_before": rows, **found})
    for figure in figures:
        figure["cost_to_empty"] = figures[0]["run_ticks_per_s"] / figure["run_ticks_per_s"]
    return figures


def startup(surroundings, short):
    """From the start of the process to serving; and from kill -9 in the middle of ticks to ticking again."""
    many, some = (100, 50) if short else (100_000, 10_000)
    with serving(surroundings, many) as (daemon, _):
        daemon.stop()
        start = time.perf_counter()
        daemon.start()
        loaded = time.perf_counter() - start
    with serving(surroundings, some) as (daemon, _):
        days = Days()
        client = daemon.client(timeout=600)
        client.call("feed.push", name="bench", rows=days.next_rows())
        for _ in range(5):
            client.send("feed.push", name="bench", rows=days.next_rows())
        daemon.process.send_signal(signal.SIGKILL)
        daemon.wait_for_end()
        start = time.perf_counter()
        daemon.start()
        with daemon.client(timeout=600) as again:
            again.call("feed.push", name="bench", rows=days.next_rows())
        recovered = time.perf_counter() - start
        client.close()
    return [
        {"what": "start", "runs": many, "seconds": loaded},
        {"what": "kill -9 to the next tick", "runs": some, "seconds": recovered},
    ]


def idle(surroundings, short):
    """What a daemon costs that has nothing to do."""
    runs, seconds = (50, 2) if short else (10_000, 20)
    with serving(surroundings, runs) as (daemon, dsn):
        own, server = threads_processor_s(daemon.process.pid), surroundings.backends_s(dsn)
        time.sleep(seconds)  # what is measured is that nothing happens
        own, server = threads_processor_s(daemon.process.pid) - own, surroundings.backends_s(dsn) - server
    return [{"runs": runs, "seconds": seconds, "daemon_cpu_percent": own / seconds * 100, "server_cpu_percent": server / seconds * 100}]


def memory(surroundings, short):
    """Bytes a run: the growth of the daemon's memory from few runs to many, and with ten resting orders in each."""
    few, many = (10, 200) if short else (100, 10_000)
    sizes = {}
    for runs in (few, many):
        with serving(surroundings, runs) as (daemon, _):
            sizes[runs] = resident_bytes(daemon.process.pid)
    with serving(surroundings, few) as (daemon, _):
        with daemon.client() as client:
            client.call("feed.push", name="bench", rows=Days().next_rows())
            before = resident_bytes(daemon.process.pid)
            for order in range(10):
                for user in range(1, few + 1):
                    client.call(
                        "order.place", user=f"user{user}", side="buy", quantity="1", symbol="SPX", limit=str(10 + order),
                        tif="gtc", request_id=f"m{order}-{user}",
                    )  # fmt: skip
            resting = (resident_bytes(daemon.process.pid) - before) / few
    return [
        {"what": "a run", "runs": many, "bytes": (sizes[many] - sizes[few]) / (many - few)},
        {"what": "ten resting orders of it, their request ids, buffers", "runs": few, "bytes": resting},
    ]


def query(surroundings, short):
    """Answers of list commands on a ledger of some size."""
    runs, ticks, calls = (20, 20, 5) if short else (1_000, 500, 100)
    figures = []
    with serving(surroundings, runs) as (daemon, _), daemon.client(timeout=600) as client:
        days = Days()
        for _ in range(ticks):
            client.call("feed.push", name="bench", rows=days.next_rows())
        for method in ("run.list", "order.list", "trade.list", "position.list", "event.list", "equity.list"):
            spent = []
            for call in range(calls):
                start = time.perf_counter()
                client.call(method, user=f"user{call % runs + 1}")
                spent.append((time.perf_counter() - start) * 1e3)
            figures.append({"what": method, "rows_per_run": ticks, "runs": runs, "p50_ms": percentile(spent, 0.5), "p99_ms": percentile(spent, 0.99)})
    return figures


def tool(surroundings, short):
    """One call of tradectl on an idle daemon, process start included, against starting a program that does nothing."""
    calls = 5 if short else 300
    lines = {
        "nothing (/bin/true)": None,
        "status": ["status"],
        "run list": ["--user", "user1", "run", "list"],
        "order list": ["--user", "user1", "order", "list"],
        "position list": ["--user", "user1", "position", "list"],
        "order place": ["--user", "user1", "order", "place", "buy", "1", "SPX", "--limit", "1"],
    }
    figures = []
    with serving(surroundings, 10) as (daemon, _):
        with daemon.client() as client:
            client.call("feed.push", name="bench", rows=Days().next_rows())
        for what, line in lines.items():
            command = ["/bin/true"] if line is None else [daemon.build / "tradectl", *line]
            spent = []
            for _ in range(calls):
                start = time.perf_counter()
                done = subprocess.run(command, env={"BASE_URL": daemon.base_url}, stdout=subprocess.DEVNULL)
                spent.append((time.perf_counter() - start) * 1e3)
                assert done.returncode == 0, f"{what}: status {done.returncode}"
            figures.append({"what": what, "calls": calls, "p50_ms": percentile(spent, 0.5), "p99_ms": percentile(spent, 0.99)})
    return figures


def micro(surroundings, short):
    """The inner loops, by Google Benchmark."""
    arguments = ["--benchmark_format=json"] + (["--benchmark_min_time=0.001"] if short else [])
    done = subprocess.run([surroundings.build / "tests/tradingd_micro", *arguments], check=True, capture_output=True, text=True)
    return [
        {"what": one["name"], "ns": one["cpu_time"], "items_per_s": one.get("items_per_second")}
        for one in json.loads(done.stdout)["benchmarks"]
    ]


ALL = {measure.__name__: measure for measure in (ledger, orders, replay, growth, startup, idle, memory, query, tool, micro)}
