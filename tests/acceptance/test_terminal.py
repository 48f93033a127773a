"""What people see: captures of a real terminal (tmux), 80 and 200 columns wide."""

import json
import os
import re
import shlex
import subprocess
import uuid

import pytest
from environment import run_tradectl, tool, wait_until

DEADLINE_S = 20


class Pane:
    """A terminal of its own, of a given size, that runs one command at a time."""

    def __init__(self, server, width, height=24):
        self.tmux = [tool("tmux"), "-L", f"tradingd-{uuid.uuid4().hex[:12]}"]
        self.width = width
        self.build, self.base_url = server.build, server.base_url
        self.runs = 0
        environment = {k: v for k, v in os.environ.items() if k not in ("TMUX", "NO_COLOR")}
        environment.update(BASE_URL=server.base_url, PATH=f"{server.build}:/usr/bin:/bin", PS1="> ", ENV="", LC_ALL="C.UTF-8",
                           TERM="xterm-256color")  # fmt: skip
        subprocess.run([*self.tmux, "-f", "/dev/null", "-u", "new-session", "-d", "-x", str(width), "-y", str(height), "sh"],
                       env=environment, check=True, timeout=DEADLINE_S)  # fmt: skip

    def close(self):
        subprocess.run([*self.tmux, "kill-server"], capture_output=True, timeout=DEADLINE_S)

    def keys(self, *keys):
        subprocess.run([*self.tmux, "send-keys", *keys], check=True, timeout=DEADLINE_S)

    def resize(self, width, height):
        subprocess.run([*self.tmux, "resize-window", "-x", str(width), "-y", str(height)], check=True, timeout=DEADLINE_S)

    def capture(self, colors=False):
        done = subprocess.run([*self.tmux, "capture-pane", "-p", *(["-e"] if colors else [])],
                              capture_output=True, text=True, check=True, timeout=DEADLINE_S)  # fmt: skip
        return done.stdout

    def run(self, *arguments, colors=False):
        """The lines that tradectl prints."""
        self.runs += 1
        self.keys("clear; tradectl " + shlex.join(map(str, arguments)) + f"; echo E''ND{self.runs}", "Enter")
        wait_until(lambda: f"\nEND{self.runs}\n" in self.capture(), f"tradectl {arguments}", DEADLINE_S)
        lines = self.capture(colors).split("\n")
        return lines[: next(number for number, line in enumerate(lines) if line.endswith(f"END{self.runs}"))]

    def at_prompt(self):
        lines = [line for line in self.capture().split("\n") if line]
        return bool(lines) and lines[-1].strip() in (">", "#", "$")


@pytest.fixture(params=[80, 200])
def pane(server, request):
    pane = Pane(server, request.param)
    yield pane
    pane.close()


@pytest.fixture
def trader(make_trader):
    trader = make_trader()
    trader.start(cash="1000000")
    trader.tick("2024-01-02T15:00:00Z", AAPL="187.15", MSFT="370.87")
    trader.place("buy", "1000", "AAPL", client_order_id="a-rather-long-name-of-an-order-that-is-mine")
    trader.place("buy", "12", "MSFT")
    trader.place("buy", "100000000", "AAPL", client_order_id="far-too-much")
    trader.tick("2024-01-03T15:00:00Z", AAPL="184.25", MSFT="371.00")
    return trader


def test_tables_fit_the_terminal(pane, trader):
    for arguments in (["trade", "list"], ["position", "list"], ["cash", "list"], ["run", "list"]):
        lines = pane.run("--user", trader.name, *arguments)
        header = lines[0]
        assert all(len(line) <= pane.width for line in lines)
        # A line that didn't fit would have been wrapped into another one.
        rows = {"trade": 2, "position": 2, "cash": 3, "run": 1}[arguments[0]]
        assert len(lines) == 1 + rows, f"{arguments} at {pane.width}:\n" + "\n".join(lines)
        assert header.split()[0] in ("trade_id", "symbol", "seq", "run_id")


def test_numbers_stand_right_aligned_and_grouped(pane, trader):
    lines = pane.run("--user", trader.name, "position", "list")
    end = lines[0].index(" cost ") + len(" cost")
    costs = [line[:end].split()[-1] for line in lines[1:]]
    assert costs == ["187,150.00", "4,450.44"] or costs == ["187,150", "4,450.44"]
    assert all(line[end - 1] != " " and line[end : end + 1] in ("", " ") for line in lines[1:])


def test_every_list_and_row_fits_the_terminal(pane, trader):
    for line in ("order list", "event list", "equity", "audit", "feed list", "instrument list " + trader.feed, "user list",
                 "calendar list", "run show", "run schedule", "bar list AAPL", "status", "run verify", "report"):  # fmt: skip
        lines = pane.run("--user", trader.name, *line.split())
        assert lines and all(len(line) <= pane.width for line in lines), f"{line} at {pane.width}:\n" + "\n".join(lines)


def test_doctor_says_all_of_what_to_do_however_narrow(pane, trader):
    pane.resize(pane.width, 200)  # a server that is not tuned gives it much to say
    text = " ".join(line.strip() for line in pane.run("doctor"))
    rows = json.loads(run_tradectl(pane.build, pane.base_url, "--json", "doctor").stdout)
    for row in rows:
        assert row["check"] in text
        if row["remedy"]:
            assert "To do: " + row["remedy"] in text


def test_a_plot_has_axes_and_fits(pane, trader):
    lines = pane.run("--user", trader.name, "equity", "--plot", "--height", "12")
    text = "\n".join(lines)
    assert all(len(line) <= pane.width for line in lines) and max(map(len, lines)) > pane.width - 20, text
    assert any("\u2801" <= letter <= "\u28ff" for letter in text), "braille"
    assert "2024-01-0" in text and re.search(r"99\d,\d{3}|1,000,000", text), text


def test_a_name_that_is_ambiguous_is_told_in_a_line_that_fits(pane, trader):
    lines = pane.run("--user", trader.name, "order", "cancel", "no-such-order")
    assert "there is no order 'no-such-order'" in " ".join(lines)


def test_colours_of_gains_and_losses(pane, trader):
    text = "\n".join(pane.run("--user", trader.name, "position", "list", colors=True))
    assert "\x1b[31m-2,900" in text, "a loss is red"
    assert "\x1b[32m" in text, "a gain is green"
    plain = "\n".join(pane.run("--user", trader.name, "--color", "never", "position", "list", colors=True))
    assert "\x1b[3" not in plain


def test_help_begins_with_examples(pane):
    lines = pane.run("order", "place", "--help")
    assert any("tradectl order place buy" in line for line in lines) or any("Options" in line for line in lines)
    assert all(len(line) <= pane.width for line in lines)


def test_watch_shows_what_comes(pane, trader):
    pane.keys(f"clear; tradectl --user {trader.name} watch trades", "Enter")

    def shown(word):
        wait_until(lambda: word in pane.capture(), word, DEADLINE_S)

    number = 0
    while "AAPL" not in pane.capture():  # until it has subscribed
        number += 1
        assert number < 100
        trader.place("buy", "1", "AAPL")
    shown("trade_id")
    pane.keys("C-c")
    wait_until(pane.at_prompt, f"the end of watch:\n{pane.capture()}", DEADLINE_S)
    assert all(len(line) <= pane.width for line in pane.capture().split("\n"))


def test_top_fills_the_screen_and_gives_it_back(pane, trader):
    pane.run("--version")
    pane.keys(f"tradectl --user {trader.name} top", "Enter")
    wait_until(lambda: "q quits" in pane.capture(), "top", DEADLINE_S)
    screen = pane.capture()
    assert "tradingd" in screen and "inputs" in screen and "database" in screen and "END" not in screen
    assert str(trader.run_id) in screen
    if pane.width == 200:
        assert "unrealized_pnl" in screen and "-2,898.44" in screen, screen
    pane.resize(100, 30)
    wait_until(lambda: any(len(line) > 80 for line in pane.capture().split("\n")) or pane.width == 200, "the new width", DEADLINE_S)
    pane.keys("q")
    wait_until(lambda: "q quits" not in pane.capture(), "the end of top", DEADLINE_S)
    assert "END1" in pane.capture(), "what was there before is there again"
    pane.keys("echo ech''oed", "Enter")
    wait_until(lambda: "echoed" in pane.capture(), "an echo of what is typed", DEADLINE_S)
