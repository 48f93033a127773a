"""The offline backtest against the daemon: the same inputs give the same ledger, row by row and bit by bit."""

import csv
import json
import re
import shutil
import subprocess
import uuid
from datetime import date, timedelta
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
    assert rows(tmp_path / "live" / "positions.csv") == rows(tmp_path / "offline" / "positions.csv")


@pytest.fixture
def feed_with_actions(server, api):
    """Two years of daily prices of four stocks that split, pay dividends and change their names; (name, feed folder)."""
    if server.daemon is None:
        pytest.skip("the daemon's feed folder is not ours")
    name = f"f-{uuid.uuid4().hex[:12]}"
    folder = server.daemon.feeds
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(730)]
    lines = ["date;symbol;open;high;low;close;volume"]
    for number, day in enumerate(days):
        for place, symbol in enumerate(["AAA", "BBB", "CCC", "OLD" if day < date(2021, 3, 1) else "NEW"]):
            price = Decimal(50 + 10 * place) + (number * (place + 3)) % 17
            if symbol == "AAA" and day >= date(2020, 6, 1):
                price = (price / 3).quantize(Decimal("0.01"))
            values = [price, price + 1, price - 1, price + Decimal("0.25"), 10000]
            lines.append(";".join([str(day), symbol, *(str(value).replace(".", ",") for value in values)]))
    files = {
        "csv": "\n".join(lines) + "\n",
        "actions.csv": "ex_date,symbol,kind,ratio,amount,new_symbol\n2020-06-01,AAA,split,3:1,,\n2020-09-01,BBB,dividend,,0.40,\n"
        "2021-03-01,OLD,symbol_change,,,NEW\n2021-06-01,CCC,split,1:7,,\n2021-09-01,NEW,dividend,,1.10,\n",
        "instruments.csv": "symbol,tick_size,quantity_step\nAAA,0.01,1\nBBB,0.01,1\nCCC,0.01,1\nOLD,0.01,1\n",
    }
    for ending, text in files.items():
        (folder / f"{name}.{ending}").write_text(text)
        (folder / f"{name}.{ending}").chmod(0o644)
    added = api.call("feed.add", name=name, kind="csv", file=f"{name}.csv", actions=f"{name}.actions.csv",
                     instruments=f"{name}.instruments.csv")  # fmt: skip
    assert "semicolons between them; decimal commas" in added["understood"]
    yield name, folder


SHARES = """strategy = "sip+rebalance"
fill_at = "close"
quantity_step = "1"

[fees]
kind = "bps"
bps = "10"

[sip]
amount = "1000"
every = "monthly"
day = 1
funding = "deposit"

[sip.weights]
AAA = "0.25"
BBB = "0.25"
CCC = "0.25"
OLD = "0.25"

[rebalance]
every = "quarterly"
min_order = "100"

[rebalance.weights]
AAA = "0.25"
BBB = "0.25"
CCC = "0.25"
OLD = "0.25"
"""


def test_a_backtest_with_corporate_actions_equals_a_live_run(tradectl, api, make_trader, feed_with_actions, tmp_path):
    name, folder = feed_with_actions
    strategy = tmp_path / "shares.toml"
    strategy.write_text(SHARES)
    run = live_run(tradectl, api, make_trader, feed_with_actions, SHARES, "10000", tmp_path / "live")
    done = tradectl("--json", "backtest", "--feed-file", folder / f"{name}.csv", "--strategy", strategy,
                    "--actions", folder / f"{name}.actions.csv", "--instruments", folder / f"{name}.instruments.csv",
                    "--initial-cash", "10000", "--ledger", tmp_path / "offline", "--html", tmp_path / "report.html",
                    "--svg", tmp_path / "report.svg")  # fmt: skip
    assert done.returncode == DONE, done.stderr
    offline = json.loads(done.stdout)
    for key in ("digest", "inputs", "cash", "equity", "profit", "realized_pnl", "trades", "orders"):
        assert offline[key] == run[key], key
    for table in [*TABLES, "positions"]:
        assert rows(tmp_path / "live" / f"{table}.csv") == rows(tmp_path / "offline" / f"{table}.csv"), table
    events = rows(tmp_path / "offline" / "events.csv")
    kinds = {json.loads(row["payload"])["kind"] for row in events if row["type"] == "CORPORATE_ACTION"}
    assert kinds == {"split", "dividend", "symbol_change"}
    # The report is the live run's, but for what names the run.
    live = tradectl("--json", "report", run["run_id"], "--user", run["user_name"])
    assert live.returncode == DONE, live.stderr
    assert json.loads(live.stdout)["figures"] == offline["report"]["figures"]
    assert tradectl("--user", run["user_name"], "report", run["run_id"], "--html", tmp_path / "live.html").returncode == DONE
    pages = [(tmp_path / page).read_text() for page in ("report.html", "live.html")]
    charts = [re.findall(r"<svg.*?</svg>", page, re.DOTALL) for page in pages]
    assert charts[0] == charts[1] and len(charts[0]) >= 5
    assert "bit_exact" in pages[0] and "Backtest" in pages[0]
    assert (tmp_path / "report.svg").read_text().startswith("<svg")
    check_journal(tmp_path / "live", run)


def check_journal(folder, run):
    """The journal's balances, as ledger reckons them, are the run's."""
    command = [tool("ledger"), "--file", folder / "run.journal", "balance", "--flat", "--no-total", "--no-color"]

    def amount(line):
        """What ledger prints, its trailing zeros left aside: (amount, commodity)."""
        number, commodity = line.split(maxsplit=1)
        return Decimal(number.replace(",", "")), commodity.strip('"')

    def balance(account):
        done = subprocess.run([*command, "--format", "%(strip(display_total))\n", account], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return sorted(amount(line) for line in done.stdout.splitlines() if line.strip())

    assert balance("Assets:Cash") == [(Decimal(run["cash"]), "USD")]
    assert balance("Equity:Capital") == [(-Decimal(run["net_deposits"]), "USD")]
    assert balance("Expenses:Fees") == [(Decimal(run["fees"]), "USD")]
    held = {row["symbol"]: row["quantity"] for row in rows(folder / "positions.csv")}
    assert balance("Assets:Positions") == sorted(
        (Decimal(quantity), symbol) for symbol, quantity in held.items() if quantity != "0"
    )


def test_a_journal_that_plain_text_accounting_reads(tradectl, api, make_trader, feed, tmp_path):
    strategy = (ROOT / "packaging/examples/sip-rebalance.toml").read_text() + '\n[fees]\nkind = "bps"\nbps = "10"\n'
    run = live_run(tradectl, api, make_trader, feed, strategy, "50000", tmp_path / "out")
    check_journal(tmp_path / "out", run)


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


def test_a_bitmap_is_drawn_by_rsvg_convert_or_says_what_to_install(tradectl, tmp_path):
    def draw(file, **variables):
        return tradectl(
            "backtest", "--feed-file", ROOT / "packaging/data/stocks.csv",
            "--strategy", ROOT / "packaging/examples/rebalance.toml", "--png", file, environment=variables,
        )  # fmt: skip

    without = draw(tmp_path / "none.png", PATH=str(tmp_path))
    assert without.returncode == 1 and "librsvg2-bin" in without.stderr
    if shutil.which("rsvg-convert"):
        done = draw(tmp_path / "curve.png")
        assert done.returncode == DONE, done.stderr
        assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
        nowhere = draw(tmp_path / "no" / "folder.png")
        assert nowhere.returncode == 1 and "folder.png" in nowhere.stderr
