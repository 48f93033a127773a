"""tradectl report: figures for people and programs, a page and a picture, of a run that traded."""

import json
import re
import xml.etree.ElementTree as xml

import pytest

DAYS = [f"2024-01-{day:02}T15:00:00Z" for day in (2, 3, 4, 5)]


@pytest.fixture
def traded(make_trader):
    """A run that bought 50 at 100, saw 120 and 90, and sold 10 at 110; one order was rejected."""
    trader = make_trader()
    trader.start(cash="10000")
    trader.tick(DAYS[0], AAPL="100")
    trader.place("buy", "50", "AAPL")
    trader.tick(DAYS[1], AAPL="120")
    trader.tick(DAYS[2], AAPL="90")
    trader.tick(DAYS[3], AAPL="110")
    trader.place("sell", "10", "AAPL")
    trader.place("buy", "9999", "AAPL")
    return trader


def tradectl(server, trader, *arguments):
    import environment as env

    return env.run_tradectl(server.build, server.base_url, "--user", trader.name, *arguments)


def test_the_figures_are_those_reckoned_by_hand(server, traded):
    done = tradectl(server, traded, "report", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    figures = answer["figures"]
    # 10000, 11000, 9500, 10500
    assert figures["twr"] == pytest.approx(0.05)
    assert figures["profit"] == pytest.approx(500)
    assert figures["max_drawdown"] == pytest.approx(1500 / 11000)
    assert figures["win_rate"] == 1
    assert answer["drawdowns"][0]["recovered"] is None
    assert answer["undefined"] == {}


def test_people_see_what_is_undefined(server, make_trader):
    trader = make_trader()
    trader.start()
    trader.tick(DAYS[0], AAPL="100")
    done = tradectl(server, trader, "report")
    assert done.returncode == 0, done.stderr
    assert re.search(r"Sharpe ratio\s+undefined: it takes two days at least", done.stdout)
    assert re.search(r"Win rate\s+undefined: no trade has realised", done.stdout)


def test_the_page_has_charts_tables_and_the_proof(server, traded, tmp_path):
    page = tmp_path / "report.html"
    done = tradectl(server, traded, "report", traded.run_id, "--html", page)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    html = page.read_text()
    for part in ('id="equity-t"', 'id="drawdown-t"', 'id="allocation-t"', 'id="price-1-t"', "bit_exact",
                 "INSUFFICIENT_CASH", "Monthly returns", "Cash flows"):  # fmt: skip
        assert part in html, part
    assert not re.search(r"<script|src=|https?://(?!www\.w3\.org/2000/svg)", html)
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        xml.fromstring(svg)


def test_the_picture_is_a_file_of_its_own(server, traded, tmp_path):
    picture = tmp_path / "equity.svg"
    assert tradectl(server, traded, "report", "--svg", picture).returncode == 0
    assert xml.parse(picture).getroot().tag.endswith("svg")
    refused = tradectl(server, traded, "report", "--svg", tmp_path / "none" / "equity.svg")
    assert refused.returncode == 1 and "none" in refused.stderr


def test_nothing_to_draw_is_said(server, make_trader, tmp_path):
    trader = make_trader()
    trader.start()
    refused = tradectl(server, trader, "report", "--svg", tmp_path / "x.svg")
    assert refused.returncode == 1 and "no tick has come" in refused.stderr
    assert tradectl(server, trader, "report", "--html", tmp_path / "x.html").returncode == 0
    assert tradectl(server, trader, "report", "999999").returncode == 1


def test_run_list_has_a_sparkline(server, traded):
    done = tradectl(server, traded, "run", "list")
    assert "▃█▁▆" in done.stdout, done.stdout
    (row,) = json.loads(tradectl(server, traded, "run", "list", "--json").stdout)
    assert len(row["recent_equity"]) == 4
