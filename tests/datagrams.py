"""A UDP server that does what a handler says, on loopback, in a thread of its own."""

import socket
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

Handler = Callable[
    [bytes], Iterable[bytes]
]  # a datagram heard -> those that are sent back, perhaps without end


class UdpServer:
    """`with UdpServer(handler) as server:` listens; the end of the block stops it, whatever the handler does."""

    def __init__(self, handler: Handler, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.heard: list[bytes] = []
        self._handler = handler
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self._socket.settimeout(0.05)
        self.port = int(self._socket.getsockname()[1])
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join(timeout=5)
        self._socket.close()

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                data, client = self._socket.recvfrom(65_535)
            except OSError:  # nothing in 50 ms, or the refusal of a client that has gone
                continue
            self.heard.append(data)
            for answer in self._handler(data):
                if self._end.is_set() or not self._send(answer, client):
                    break

    def _send(self, answer: bytes, client: object) -> bool:
        """Whether the client may still be there."""
        try:
            self._socket.sendto(answer, client)  # type: ignore[call-overload]
        except BlockingIOError:  # its buffer is full: it reads more slowly than we flood
            return True
        except OSError:
            return False
        return True
