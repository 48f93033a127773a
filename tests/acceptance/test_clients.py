"""Clients that know nothing of us: what is public of MessagePack-RPC, and tradingd-protocol(7), are enough."""

import os
import subprocess
import uuid

import ledger
from client import socket_path
from environment import ROOT, tool


def test_neovim_completes_a_session(server, db):
    user, feed = f"n-{uuid.uuid4().hex[:12]}", f"f-{uuid.uuid4().hex[:12]}"
    done = subprocess.run(
        [tool("nvim"), "--headless", "--clean", "+luafile " + str(ROOT / "tests/acceptance/session.lua")],
        env={**os.environ, "TRADINGD_SOCKET": socket_path(server.base_url), "TRADINGD_USER": user,
             "TRADINGD_FEED": feed, "NVIM_LOG_FILE": os.devnull},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0 and done.stdout.startswith("done "), done.stdout + done.stderr
    run_id = int(done.stdout.split()[1])
    user_id = ledger.value(db, "SELECT user_id FROM app_user WHERE name = %s", user)
    assert ledger.count(db, "paper_trade", user_id, run_id) == 1
    status = ledger.value(db, "SELECT status FROM strategy_run WHERE user_id = %s AND run_id = %s", user_id, run_id)
    assert status == "STOPPED"
