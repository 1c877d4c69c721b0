"""One message to one target, by whichever channel it has: one file a channel.

A target may have several parts, such as mail's recipients: each is told by itself, and one that has been told is not
told again at a retry. All of it ends at the deadline; what then still hangs is left to itself in a thread of its own.
"""

import queue
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from statuspage.config import Target
from statuspage.errors import Problem
from statuspage.notices import Delivery, Message
from statuspage.notify.channels import alertmanager, apprised, mail, opsgenie, pagerduty, webhook
from statuspage.notify.channels.parts import LATE, UNFINISHED, Order, Part, Task, whole

__all__ = ["acknowledged", "deliver", "deliver_all", "problems"]

Tasks = Callable[[Order], Sequence[Task]]

_CHANNELS: Mapping[str, Tasks] = {
    "url": apprised.tasks,
    "mail": mail.tasks,
    "webhook": webhook.tasks,
    "pagerduty": pagerduty.tasks,
    "opsgenie": opsgenie.tasks,
    "alertmanager": alertmanager.tasks,
}
_PAGERS: Mapping[str, Callable[[Target, str, timedelta], datetime | None]] = {
    "pagerduty": pagerduty.acknowledged,
    "opsgenie": opsgenie.acknowledged,
    "alertmanager": alertmanager.acknowledged,
}


def deliver(
    target: Target, message: Message, *, now: datetime, within: timedelta, done: Collection[int] = ()
) -> Delivery:
    """Send, and say what became of it, `within` at the latest. Raises nothing.

    `done`: the parts that have had this message, as an earlier Delivery of it said.
    """
    ends = time.monotonic() + within.total_seconds()
    order = Order(target, message, now, ends, frozenset(done))
    came: queue.SimpleQueue[Part | None] = queue.SimpleQueue()
    tasks = _CHANNELS[target.channel](order)
    for task in tasks:
        threading.Thread(target=_run, args=(task, came), name="channel", daemon=True).start()
    return whole(order, list(_gathered(came, len(tasks), ends)))


def deliver_all(
    wanted: Sequence[tuple[Target, Message, Collection[int]]], *, now: datetime, within: timedelta
) -> Iterator[tuple[int, Delivery]]:
    """All of them at once, each with a deadline of its own: places in `wanted` and what became of them, as they end."""
    came: queue.SimpleQueue[tuple[int, Delivery]] = queue.SimpleQueue()

    def one(n: int, target: Target, message: Message, done: Collection[int]) -> None:
        came.put((n, deliver(target, message, now=now, within=within, done=done)))

    for n, (target, message, done) in enumerate(wanted):
        threading.Thread(target=one, args=(n, target, message, done), name="deliver", daemon=True).start()
    for _ in wanted:
        yield came.get()


def acknowledged(target: Target, thread: str, *, within: timedelta) -> datetime | None:
    """When somebody took that thread's alarm upon themselves. None: nobody, or it cannot be known. Raises nothing."""
    ask = _PAGERS.get(target.channel)
    answer: queue.SimpleQueue[datetime | None] = queue.SimpleQueue()

    def run() -> None:
        try:
            answer.put(ask(target, thread, within) if ask else None)
        except Exception:  # noqa: BLE001 (a foreign answer of whatever shape; the alarm then goes on)
            answer.put(None)

    threading.Thread(target=run, name="acknowledged", daemon=True).start()
    try:
        return answer.get(timeout=within.total_seconds())
    except queue.Empty:
        return None


def problems(targets: Sequence[Target]) -> list[Problem]:
    """What is wrong with the addresses of channels that only Apprise can read, without sending anything."""
    return [problem for target in targets for problem in apprised.problems(target)]


def _run(task: Task, came: "queue.SimpleQueue[Part | None]") -> None:
    """All parts of a task, and None at its end."""
    try:
        for part in task():
            came.put(part)
    except Exception:  # noqa: BLE001 (a channel's own fault must not silence the others; its parts are UNFINISHED)
        came.put(UNFINISHED)
    finally:
        came.put(None)


def _gathered(came: "queue.SimpleQueue[Part | None]", running: int, ends: float) -> Iterator[Part]:
    """Parts as they come, until all tasks have ended or it is time."""
    while running:
        try:
            part = came.get(timeout=max(0.0, ends - time.monotonic()))
        except queue.Empty:
            yield LATE
            return
        if part is None:
            running -= 1
        else:
            yield part
