"""A language model as a partner: it remembers nothing, so that each turn carries the whole dialogue."""

from dataclasses import dataclass, field
from datetime import timedelta

from statuspage.probes.dialects import Completion, Dialect, Endpoint, Turn, complete
from statuspage.probes.talk.base import Enough, Line, Message, Reply, Unanswered, plain
from statuspage.probes.talk.script import CUT_OFF


@dataclass(slots=True, kw_only=True)
class Model:
    dialect: Dialect
    endpoint: Endpoint
    turns: list[Turn] = field(default_factory=list)

    async def open(self, line: Line) -> None:
        """Nothing: a model is asked with the first message."""

    async def say(self, line: Line, text: str, enough: Enough) -> Reply:
        line.check()
        self.turns.append(Turn("user", text))
        left = line.left
        completion = await complete(self.dialect, self.endpoint, self.turns, line.net, left)
        if line.used_up(left, completion.code):
            raise line.late()
        reply = _reply(line, completion)
        self.turns.append(Turn("assistant", reply.text))
        return reply


def _reply(line: Line, completion: Completion) -> Reply:
    took = completion.latency or sum(completion.phases.values(), timedelta())
    line.spend(took, completion.phases, completion.certificate_expires)
    cut_off = completion.code == CUT_OFF and bool(completion.text.strip())
    if completion.code and not cut_off:
        raise Unanswered(
            completion.code, completion.detail, seen=plain(completion.text[:200]), tokens=completion.tokens
        )
    line.answered = True
    return Reply(
        messages=(Message(text=completion.text),),
        latency=took,
        tokens=completion.tokens,
        cut_off=cut_off,
    )
