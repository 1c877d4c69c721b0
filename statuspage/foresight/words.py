"""Warnings in words for operators, in English."""

from statuspage.foresight.drift import NEEDED
from statuspage.model import Early, Track, Warned

NAMES = {
    Early.SLOWER: "response times",
    Early.FLAKED: "repeated checks",
    Early.TOKENS: "tokens a second",
    Early.EXPIRY: "certificate or domain",
    Early.BURNING: "error budget",
}
MENDS = {
    Early.SLOWER: "look at what has grown since then: load, data, prompts, a release",
    Early.FLAKED: "look at what the failing attempts meet: statuspage probe --explain",
    Early.TOKENS: "ask whoever runs the model, or look at the load of your own machine",
    Early.EXPIRY: "renew it, and look at why that did not happen by itself",
    Early.BURNING: "look at what fails, and hold risky changes back until it is calm",
}


def said(one: Warned, name: str) -> str:
    """What it warns of, and how large it is. `name`: the component's."""
    now, usual = one.now or 0.0, one.usual or 0.0
    match one.kind:
        case Early.SLOWER:
            more = round(100 * (now / usual - 1))
            return (
                f"{name} answers in {now:.0f} ms, {more}% slower than at the same hours of the weeks before"
            )
        case Early.FLAKED:
            return f"{now:.1%} of the checks of {name} succeed only when repeated, {usual:.1%} before"
        case Early.TOKENS:
            less = round(100 * (1 - now / usual))
            return f"{name} gives {now:.1f} tokens a second, {less}% fewer than at the same hours of the weeks before"
        case Early.EXPIRY:
            days = "" if one.now is None else f": {max(0, int(now))} days left"
            return f"the certificate or the domain of {name} runs out{days}"
        case Early.BURNING:
            return f"{name} spends its error budget more than {now:g} times as fast as it may"


def record(track: Track | None) -> str:
    """`3 of 5 came true, 1.2 would have by chance`."""
    if track is None or not track.judged:
        return "none to judge yet"
    chance = "" if track.by_chance is None else f", {track.by_chance:.1f} would have by chance"
    return f"{track.came_true} of {track.judged} came true{chance}"


def lacking(days: int) -> str:
    return f"not enough data ({days} of {NEEDED} days)"
