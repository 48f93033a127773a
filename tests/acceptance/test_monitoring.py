"""The alert rules and the dashboard that are shipped: they are sound, and speak of metrics that there are."""

import json
import re
import subprocess

import pytest
from environment import ROOT, run_tradectl, tool

MONITORING = ROOT / "packaging/monitoring"
NAME = re.compile(r"\btradingd_[a-z_]+")


@pytest.fixture
def metrics(server, make_trader):
    """The names of all metrics of a daemon that has a feed, a run and a rejected order."""
    trader = make_trader()
    trader.start(cash="100")
    trader.tick("2024-01-02T15:00:00Z", AAPL="100")
    trader.place("buy", "5", "AAPL")
    done = run_tradectl(server.build, server.base_url, "metrics")
    return {re.split(r"[{ ]", line)[0] for line in done.stdout.splitlines() if line and not line.startswith("#")}


def test_the_rules_fire_when_they_should():
    for arguments in (["check", "rules", "tradingd.rules.yml"], ["test", "rules", "tradingd.rules.test.yml"]):
        done = subprocess.run([tool("promtool"), *arguments], cwd=MONITORING, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_rules_and_dashboard_speak_of_metrics_that_there_are(metrics):
    rules = (MONITORING / "tradingd.rules.yml").read_text()
    expressions = re.findall(r"expr: (.*)", rules)
    dashboard = json.loads((MONITORING / "tradingd-dashboard.json").read_text())
    expressions += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(expressions) > 25
    named = {name for expression in expressions for name in NAME.findall(expression)}
    assert named <= metrics, named - metrics
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
