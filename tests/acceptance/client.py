"""A small client for tradingd's socket, written from the protocol's description alone.

MessagePack-RPC over a Unix stream: request [0, msgid, method, [arguments]], answer [1, msgid, error, result].
"""

import itertools
import socket

import msgpack


class RpcError(Exception):
    """The daemon's answer was an error: `code`, `message` and `details` are as on the wire."""

    def __init__(self, error):
        super().__init__(f"{error.get('code')}: {error.get('message')}")
        self.code = error.get("code")
        self.message = error.get("message")
        self.details = error.get("details") or {}


def socket_path(base_url):
    """The path that BASE_URL (unix:///path) names."""
    if not base_url.startswith("unix://"):
        raise ValueError(f"BASE_URL must be unix:///path/to/socket, and is {base_url!r}")
    return base_url[len("unix://") :]


class Client:
    """One connection. Used by one thread; every call waits for its answer."""

    def __init__(self, base_url, timeout=60.0):
        self._numbers = itertools.count(1)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        self._socket.connect(socket_path(base_url))
        self._unpacker = msgpack.Unpacker(raw=False, strict_map_key=False)

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send_bytes(self, data):
        """Bytes as they are: for frames that no well-behaved client would send."""
        self._socket.sendall(data)

    def read_message(self):
        """The next message; None when the daemon has closed the connection."""
        while True:
            for message in self._unpacker:
                return message
            try:
                data = self._socket.recv(65536)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self._unpacker.feed(data)

    def send(self, method, **arguments):
        """Sends a request and returns its number, without waiting."""
        number = next(self._numbers)
        arguments = {key: value for key, value in arguments.items() if value is not None}
        self.send_bytes(msgpack.packb([0, number, method, [arguments]]))
        return number

    def call(self, method, **arguments):
        """The result of a call; raises RpcError for an error, ConnectionError when the connection ends."""
        number = self.send(method, **arguments)
        while True:
            message = self.read_message()
            if message is None:
                raise ConnectionError(f"the daemon closed the connection during {method}")
            if message[0] == 1 and message[1] == number:
                if message[2] is not None:
                    raise RpcError(message[2])
                return message[3]

    def rows(self, method, **arguments):
        """All rows of a list, as maps, over all its pages."""
        result, after = [], None
        while True:
            page = self.call(method, after=after, **arguments)
            result += [dict(zip(page["columns"], row)) for row in page["rows"]]
            after = page.get("next")
            if after is None:
                return result
