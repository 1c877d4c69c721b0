"""Handlers for `servers.Listener` that probes' tests share."""

import asyncio

from servers import Handler


def says(*answers: bytes, after: bytes = b"\r\n\r\n", hold: bool = False) -> Handler:
    """Answer the n-th connection with the n-th answer, the last one for ever.

    `after`: what it waits to hear, b"" to speak first. `hold`: then keep the connection open.
    """
    left = list(answers)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if after:
            await reader.readuntil(after)
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        await writer.drain()
        if hold:
            await reader.read()
        writer.close()
        await writer.wait_closed()

    return handle
