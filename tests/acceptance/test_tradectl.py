"""tradectl: what it prints, and that everything wrong gets one clear line and the right exit status."""

import json

import pytest
from environment import run_tradectl, wait_until

DONE, REFUSED, USAGE, UNREACHABLE, NOT_PERMITTED = 0, 1, 2, 3, 4
ROWS = "time,symbol,price\n2024-01-02T15:00:00Z,AAPL,100\n2024-01-03T15:00:00Z,AAPL,110\n"


@pytest.fixture
def tradectl(server):
    """Runs tradectl against the daemon under test."""
    return lambda *arguments, **options: run_tradectl(server.build, server.base_url, *arguments, **options)


@pytest.fixture
def trader(make_trader):
    """With 10,000 in cash; one AAPL bought at 100 and marked at 110."""
    trader = make_trader()
    trader.start(cash="10000")
    trader.tick("2024-01-02T15:00:00Z", AAPL="100")
    trader.place("buy", "1", "AAPL")
    trader.tick("2024-01-03T15:00:00Z", AAPL="110")
    return trader


def as_json(done):
    assert done.returncode == DONE, done.stderr
    return json.loads(done.stdout)


def assert_one_clear_line(done, status, *words):
    """The exit status, nothing on stdout, and a message whose first line names the thing, before the remedy."""
    assert done.returncode == status, f"status {done.returncode}: {done.stdout}{done.stderr}"
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert 1 <= len(lines) <= 5, done.stderr
    assert lines[0].startswith("tradectl: ")
    for word in words:
        assert word in lines[0], done.stderr


WRONG = {
    "unknown noun": (["oder", "list"], USAGE, ["oder"]),
    "unknown verb": (["order", "plaice"], USAGE, ["plaice"]),
    "missing argument": (["order", "place", "buy"], USAGE, ["quantity"]),
    "unknown option": (["order", "place", "buy", "1", "AAPL", "--limt", "1"], USAGE, ["limt"]),
    "bad number": (["order", "place", "buy", "ten", "AAPL"], USAGE, ["ten"]),
    "bad choice": (["order", "place", "hold", "1", "AAPL"], USAGE, ["hold"]),
    "bad limit": (["order", "place", "buy", "1", "AAPL", "--limit", "1e5x"], USAGE, ["1e5x"]),
    "no such feed": (["feed", "show", "no-such-feed"], REFUSED, ["no-such-feed"]),
    "no such user": (["--user", "no-such-user", "order", "list"], REFUSED, ["no-such-user"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_things_typed(tradectl, trader, case):
    arguments, status, words = WRONG[case]
    if "--user" not in arguments:
        arguments = ["--user", trader.name, *arguments]
    assert_one_clear_line(tradectl(*arguments), status, *words)
    assert trader.count("paper_order") == 1


def test_no_daemon(server, tmp_path):
    done = run_tradectl(server.build, f"unix://{tmp_path}/none.sock", "status")
    assert_one_clear_line(done, UNREACHABLE, f"{tmp_path}/none.sock")


def test_no_run(tradectl, make_trader):
    trader = make_trader()
    assert_one_clear_line(tradectl("--user", trader.name, "order", "list"), REFUSED, "run")


def test_not_permitted(own_daemon):
    """A caller outside the admin group, whom the daemon doesn't know."""
    daemon = own_daemon()
    sound = daemon.config.read_text()
    lines = ["admin_group = []" if line.startswith("admin_group") else line for line in sound.splitlines()]
    daemon.config.write_text("\n".join(lines) + "\n")
    daemon.spawn()
    wait_until(daemon.socket.exists, "the socket")
    # Until it has read its users it says so.
    done = wait_until(lambda: (tried := daemon.tradectl("user", "add", "mallory")).returncode != UNREACHABLE and tried, "an answer")
    assert_one_clear_line(done, NOT_PERMITTED)


def test_a_rejected_order_is_printed_and_is_status_1(tradectl, trader):
    done = tradectl("--user", trader.name, "order", "place", "buy", "1000", "AAPL")
    assert done.returncode == REFUSED
    assert "INSUFFICIENT_CASH" in done.stderr and "110000" in done.stderr.replace(",", "")
    done = tradectl("--user", trader.name, "order", "place", "buy", "-5", "AAPL")
    assert done.returncode == REFUSED
    assert "INVALID_QUANTITY" in done.stderr


def test_json_has_the_columns_names(tradectl, trader):
    (order,) = as_json(tradectl("--user", trader.name, "--json", "order", "list"))
    (row,) = trader.rows("paper_order")
    assert order["order_id"] == row["order_id"]
    assert (order["symbol"], order["side"], order["status"], order["quantity"]) == ("AAPL", "buy", "FILLED", "1")
    (position,) = as_json(tradectl("--user", trader.name, "--json", "position", "list"))
    assert (position["symbol"], position["quantity"]) == ("AAPL", "1")
    run = as_json(tradectl("--user", trader.name, "--json", "run", "show"))
    assert (run["run_id"], run["status"], run["cash"]) == (trader.run_id, "RUNNING", "9900")


def test_csv_output_has_a_header(tradectl, trader):
    done = tradectl("--user", trader.name, "--csv", "trade", "list")
    assert done.returncode == DONE
    header, row = done.stdout.splitlines()
    values = dict(zip(header.split(","), row.split(",")))
    assert (values["symbol"], values["quantity"], values["price"]) == ("AAPL", "1", "100")


def test_tables_for_people(tradectl, trader):
    for arguments in (["order", "list"], ["trade", "list"], ["position", "list"], ["event", "list"], ["cash", "list"],
                      ["equity"], ["run", "list"], ["run", "show"], ["status"], ["feed", "list"]):  # fmt: skip
        done = tradectl("--user", trader.name, *arguments)
        assert done.returncode == DONE, done.stderr
        assert done.stdout.strip(), arguments
        assert "\x1b[" not in done.stdout, "no colour where no terminal is"


def test_equity_as_a_plot(tradectl, trader):
    done = tradectl("--user", trader.name, "equity", "--plot")
    assert done.returncode == DONE, done.stderr
    assert any("\u2800" <= character <= "\u28ff" for character in done.stdout)


def test_a_day_at_the_desk(tradectl, make_trader, tmp_path):
    """All by the tool: a feed, a run, rows from standard input, an order, its end."""
    trader = make_trader()
    strategy = tmp_path / "manual.toml"
    strategy.write_text('strategy = "manual"\n')
    assert tradectl("feed", "add", trader.feed, "--kind", "push").returncode == DONE
    run = as_json(tradectl("--user", trader.name, "--json", "run", "start", "--feed", trader.feed,
                           "--strategy", strategy, "--initial-cash", "1000"))  # fmt: skip
    trader.run_id = run["run_id"]
    assert tradectl("feed", "push", trader.feed, stdin=ROWS).returncode == DONE
    assert trader.count("mtm_ledger") == 2
    order = as_json(tradectl("--user", trader.name, "--json", "order", "place", "buy", "2", "AAPL"))
    assert order["status"] == "FILLED"
    resting = as_json(tradectl("--user", trader.name, "--json", "order", "place", "buy", "1", "AAPL", "--limit", "50"))
    assert resting["status"] == "PENDING"
    assert tradectl("--user", trader.name, "order", "cancel", resting["order_id"]).returncode == DONE
    assert tradectl("--user", trader.name, "cash", "deposit", "12.50", "--note", "tip").returncode == DONE
    assert tradectl("--user", trader.name, "run", "stop").returncode == DONE
    assert trader.status() == "STOPPED"
    assert [row["kind"] for row in trader.rows("cash_ledger", "seq")] == ["initial", "trade", "deposit"]


def test_rejected_rows_are_named_by_line(tradectl, trader):
    rows = "time,symbol,price\n2024-01-04T15:00:00Z,AAPL,120\n2024-01-05T15:00:00Z,AAPL,-1\n2024-01-06T15:00:00Z,AAPL,121\n"
    done = tradectl("feed", "push", trader.feed, stdin=rows)
    assert "3" in done.stderr and "price" in done.stderr
    assert trader.count("mtm_ledger") == 4, "nothing but the bad row is lost"


def test_a_bad_strategy_file_is_refused_with_every_error(tradectl, make_trader, tmp_path):
    trader = make_trader()
    trader.add_feed()
    strategy = tmp_path / "bad.toml"
    strategy.write_text('strategy = "sipp"\nfill_at = "noon"\ncolour = "red"\n')
    done = tradectl("--user", trader.name, "run", "start", "--feed", trader.feed, "--strategy", strategy)
    assert done.returncode in (REFUSED, USAGE)
    for word in ("sipp", "noon", "colour"):
        assert word in done.stderr
    assert trader.rows("strategy_run") == []


def test_help_and_version(tradectl):
    assert tradectl("--version").returncode == DONE
    for arguments in ([], ["--help"], ["order", "--help"], ["order", "place", "--help"]):
        done = tradectl(*arguments)
        assert "tradectl" in done.stdout + done.stderr
