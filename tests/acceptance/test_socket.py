"""The socket: what the protocol promises to clients that behave, and to the others when one doesn't."""

import os
import stat

import msgpack
import pytest
from client import RpcError

from client import Client, socket_path


def test_status_says_what_runs(api):
    assert isinstance(api.call("status"), dict)


def test_answers_bear_the_requests_number(api):
    numbers = [api.send("status") for _ in range(5)]
    answers = [api.read_message() for _ in numbers]
    assert sorted(answer[1] for answer in answers) == numbers
    assert all(answer[0] == 1 and answer[2] is None for answer in answers)


def test_only_owner_and_group_may_connect(server):
    mode = os.stat(socket_path(server.base_url)).st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o660


WRONG_CALLS = {
    "no such method": ("order.plaice", {}, "UNKNOWN_METHOD"),
    "an argument missing": ("feed.show", {}, "INVALID_ARGUMENT"),
    "an argument too many": ("status", {"colour": "red"}, "INVALID_ARGUMENT"),
    "a float for money": ("cash.deposit", {"amount": 1.5}, "INVALID_ARGUMENT"),
    "no number": ("cash.deposit", {"amount": "much"}, "INVALID_ARGUMENT"),
    "not one of the choices": ("order.place", {"side": "hold", "quantity": "1", "symbol": "A"}, "INVALID_ARGUMENT"),
}


@pytest.mark.parametrize("case", WRONG_CALLS)
def test_a_wrong_call_is_an_answer(make_trader, case):
    method, arguments, code = WRONG_CALLS[case]
    trader = make_trader()
    trader.start()
    if method in ("cash.deposit", "order.place"):
        arguments = {**arguments, "user": trader.name}
    with pytest.raises(RpcError) as caught:
        trader.client.call(method, **arguments)
    assert caught.value.code == code
    assert isinstance(trader.client.call("status"), dict), "the connection goes on"
    assert trader.count("paper_order") == 0 and trader.count("cash_ledger") == 1


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return msgpack.packb([0, 1, "status", [{"colour": value}]])


HOSTILE = {
    "too large": msgpack.packb([0, 1, "status", [{"colour": "x" * 70000}]]),
    "too deep": nested(12),
    "a million deep": b"\x91" * 1_000_000,
    "no MessagePack": b"\xc1" * 64,
    "no request": msgpack.packb({"method": "status"}),
    "an array of four thousand million": b"\xdd\xff\xff\xff\xff" + b"\xc0" * 100,
    "duplicate keys": b"\x94\x00\x01\xa6status\x91\x82\xa1a\x01\xa1a\x02",
    "text that is no UTF-8": b"\x94\x00\x01\xa6status\x91\x81\xa1a\xa2\xff\xfe",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_frame_harms_only_its_sender(api, server, case):
    with Client(server.base_url, timeout=10) as hostile:
        try:
            hostile.send_bytes(HOSTILE[case])
            answer = hostile.read_message()
            while answer is not None:
                # An answer where the request's number could be read; else a notification says what was wrong.
                told = answer[2] if answer[0] == 1 else answer[2][0] if answer[0] == 2 else None
                assert told is not None, "nothing is done for such a frame"
                if case == "duplicate keys" or case == "text that is no UTF-8":
                    break  # either an error or the end is right
                answer = hostile.read_message()
        except (BrokenPipeError, ConnectionResetError):
            pass  # closed before all was sent
    assert isinstance(api.call("status"), dict)


def test_a_request_in_single_bytes_is_a_request(api, server):
    with Client(server.base_url) as slow:
        for byte in msgpack.packb([0, 7, "status", [{}]]):
            slow.send_bytes(bytes([byte]))
        answer = slow.read_message()
        assert answer[:3] == [1, 7, None]
