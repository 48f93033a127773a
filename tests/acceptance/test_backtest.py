"""The offline backtest against the daemon: the same inputs give the same ledger, row by row and bit by bit."""

import csv
import json
import shutil
import subprocess
import uuid
from decimal import Decimal

import pytest
from environment import ROOT, run_tradectl, tool, wait_until

DONE, USAGE = 0, 2
TABLES = ["orders", "trades", "cash", "events", "equity"]


@pytest.fixture
def tradectl(server):
    return lambda *arguments, **options: run_tradectl(server.build, server.base_url, *arguments, **options)


@pytest.fixture
def feed(server, api):
    """Ten years of monthly prices of five stocks, as the daemon's csv feed; yields (its name, the file)."""
    if server.daemon is None:
        pytest.skip("the daemon's feed folder is not ours")
    name = f"f-{uuid.uuid4().hex[:12]}"
    file = server.daemon.feeds / f"{name}.csv"
    shutil.copy(ROOT / "packaging/data/stocks.csv", file)
    file.chmod(0o644)
    api.call("feed.add", name=name, kind="csv", file=file.name, calendar="XNYS")
    yield name, file
    api.call("feed.pause", name=name) if api.call("feed.show", name=name)["status"] == "ACTIVE" else None


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def live_run(tradectl, api, make_trader, feed, strategy, cash, folder):
    """Trades live on the feed until it has ended; writes the run's export to the folder. Its row."""
    name, _ = feed
    trader = make_trader()
    trader.call("run.start", feed=name, strategy=strategy, initial_cash=cash)
    api.call("feed.resume", name=name)
    wait_until(lambda: api.call("feed.show", name=name)["status"] == "FINISHED", "the feed's end")
    last = api.call("feed.show", name=name)["last_logical_time"]
    run = wait_until(
        lambda: (row := trader.call("run.show"))["last_logical_time"] == last and row, "the run's last tick"
    )
    done = tradectl("--user", trader.name, "run", "export", "--directory", folder)
    assert done.returncode == DONE, done.stderr
    return run


@pytest.mark.parametrize("example", ["sip-rebalance.toml", "rebalance.toml"])
def test_a_backtest_equals_a_live_run(tradectl, api, make_trader, feed, tmp_path, example):
    strategy = ROOT / "packaging/examples" / example
    run = live_run(tradectl, api, make_trader, feed, strategy.read_text(), "100000", tmp_path / "live")
    done = tradectl("--json", "backtest", "--feed-file", feed[1], "--strategy", strategy, "--calendar", "XNYS",
                    "--initial-cash", "100000", "--ledger", tmp_path / "offline")  # fmt: skip
    assert done.returncode == DONE, done.stderr
    offline = json.loads(done.stdout)
    assert offline["digest"] == run["digest"], "bit by bit"
    for key in ("inputs", "cash", "equity", "profit", "return_on_deposits", "realized_pnl", "trades", "orders"):
        assert offline[key] == run[key], key
    for table in TABLES:
        live, replayed = rows(tmp_path / "live" / f"{table}.csv"), rows(tmp_path / "offline" / f"{table}.csv")
        assert len(live) == len(replayed) and len(live) > 0, table
        for number, (expected, found) in enumerate(zip(live, replayed)):
            assert found == expected, f"{table}, row {number}"
    held = rows(tmp_path / "offline" / "positions.csv")
    live = rows(tmp_path / "live" / "positions.csv")
    assert [{key: row[key] for key in held[0]} for row in live] == held


def test_a_journal_that_plain_text_accounting_reads(tradectl, api, make_trader, feed, tmp_path):
    strategy = (ROOT / "packaging/examples/sip-rebalance.toml").read_text() + '\n[fees]\nkind = "bps"\nbps = "10"\n'
    run = live_run(tradectl, api, make_trader, feed, strategy, "50000", tmp_path / "out")
    journal = tmp_path / "out" / "run.journal"
    command = [tool("ledger"), "--file", journal, "balance", "--flat", "--no-total", "--no-color"]

    def amount(line):
        """What ledger prints, its trailing zeros left aside: (amount, commodity)."""
        number, commodity = line.split(maxsplit=1)
        return Decimal(number.replace(",", "")), commodity.strip('"')

    def balance(account):
        done = subprocess.run([*command, "--format", "%(strip(display_total))\n", account], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return sorted(amount(line) for line in done.stdout.splitlines() if line.strip())

    assert balance("Assets:Cash") == [(Decimal(run["cash"]), "USD")]
    assert balance("Equity:Capital") == [(Decimal(-50000), "USD")]
    assert balance("Expenses:Fees") == [(Decimal(run["fees"]), "USD")]
    held = {row["symbol"]: row["quantity"] for row in rows(tmp_path / "out" / "positions.csv")}
    assert balance("Assets:Positions") == sorted(
        (Decimal(quantity), symbol) for symbol, quantity in held.items() if quantity != "0"
    )


def test_a_sweep_has_a_row_for_each_combination(tradectl, feed):
    strategy = ROOT / "packaging/examples/sip-rebalance.toml"
    done = tradectl("--json", "backtest", "--feed-file", feed[1], "--strategy", strategy,
                    "--sweep", "sip.amount=500,1000 rebalance.min_order=50,100000", "--sort", "-profit")  # fmt: skip
    assert done.returncode == DONE, done.stderr
    table = json.loads(done.stdout)
    assert {(row["sip.amount"], row["rebalance.min_order"]) for row in table} == {
        ("500", "50"), ("500", "100000"), ("1000", "50"), ("1000", "100000"),
    }  # fmt: skip
    profits = [float(row["profit"]) for row in table]
    assert profits == sorted(profits, reverse=True)
    one = tradectl("--json", "backtest", "--feed-file", feed[1], "--strategy", strategy)
    same = next(row for row in table if (row["sip.amount"], row["rebalance.min_order"]) == ("1000", "50"))
    assert json.loads(one.stdout)["digest"] == same["digest"]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--feed-file", "/no/such/file.csv"], ["/no/such/file.csv"]),
        (["--calendar", "XNYX"], ["XNYX"]),
        (["--sweep", "sip.amuont=1,2"], ["sip.amuont", "did you mean 'sip.amount'?"]),
        (["--sweep", "sip.amount=1,x"], ["sip.amount=x"]),
        (["--sweep", "sip.amount"], ["sip.amount"]),
        (["--initial-cash", "-1"], ["initial_cash"]),
    ],
)
def test_what_is_typed_wrongly(tradectl, feed, arguments, words):
    given = {"--feed-file": feed[1], "--strategy": ROOT / "packaging/examples/sip.toml"}
    given.update(zip(arguments[::2], arguments[1::2]))
    done = tradectl("backtest", *[word for pair in given.items() for word in pair])
    assert done.returncode == USAGE, done.stderr
    for word in words:
        assert word in done.stderr
