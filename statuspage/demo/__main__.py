"""`python -m statuspage.demo`: the chatbot alone, on the ports that the example's components.yaml names."""

import asyncio
import sys
from contextlib import suppress

from statuspage.demo.chatbot import HTTP_PORT, TCP_PORT, Chatbot
from statuspage.errors import StatuspageError


async def chatbot() -> None:
    async with Chatbot(HTTP_PORT, TCP_PORT) as bot:
        print(f"the chatbot: {bot.url}  (Ctrl-C ends)", flush=True)  # noqa: T201 (no command stands around it)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(chatbot())
        except StatuspageError as error:
            sys.exit(str(error))
