"""The colours of one scheme: those chosen, and what follows from them for all the others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from statuspage.theme.contrast import SHAPES, WORDS, contrast, least, mixed, reaching, told

Colours = Mapping[str, str]
"""`#rrggbb` by the key of `page.theme`; some that are no keys follow from others."""

STATES = ("ok", "degraded", "partial", "major", "maintenance")
GROUNDS = ("page", "card")
PAGE, CARD, SOFT = "the page", "a card", "the darker parts of a card"

PROPERTIES = {  # of the stylesheet
    "ok": "ok",
    "ok_text": "ok-t",
    "degraded": "deg",
    "degraded_text": "deg-t",
    "partial": "par",
    "partial_text": "par-t",
    "major": "maj",
    "major_text": "maj-t",
    "maintenance": "mnt",
    "maintenance_text": "mnt-t",
    "unmeasured": "unk",
    "unmeasured_text": "unk-t",
    "page": "page",
    "card": "card",
    "soft": "soft",
    "line": "line",
    "text": "text",
    "muted": "muted",
    "pale": "pale",
    "hatch": "hatch",
    "accent": "accent",
    "on_accent": "on",
}


@dataclass(frozen=True, slots=True)
class Scheme:
    """Light or dark: what `style.css` has built in, and how much of the text's colour its greys have."""

    built_in: Colours
    greys: Mapping[str, int]  # percent of text in card
    pale: int  # percent of ok in card


LIGHT = Scheme(
    {
        "ok": "#1a9d66",
        "ok_text": "#0f7346",
        "degraded": "#c48700",
        "degraded_text": "#855900",
        "partial": "#d9631e",
        "partial_text": "#a8460b",
        "major": "#c9303e",
        "major_text": "#b3202f",
        "maintenance": "#3569d4",
        "maintenance_text": "#2554b8",
        "unmeasured": "#dcdcd6",
        "unmeasured_text": "#5f6670",
        "page": "#fcfcfa",
        "card": "#ffffff",
        "soft": "#f4f4f1",
        "line": "#e6e6e1",
        "text": "#17191c",
        "muted": "#5f6670",
        "pale": "#bfe4d3",
        "hatch": "#b4b4ad",
    },
    {"soft": 5, "line": 11, "unmeasured": 16, "hatch": 33},
    28,
)
DARK = Scheme(
    {
        "ok": "#37c288",
        "ok_text": "#4fd39b",
        "degraded": "#e6b23c",
        "degraded_text": "#e6b23c",
        "partial": "#f0853f",
        "partial_text": "#f59a5f",
        "major": "#f0616d",
        "major_text": "#f77b85",
        "maintenance": "#6f9cf5",
        "maintenance_text": "#8ab0f8",
        "unmeasured": "#2c323a",
        "unmeasured_text": "#98a1ac",
        "page": "#0f1215",
        "card": "#161a1f",
        "soft": "#1c2127",
        "line": "#272d34",
        "text": "#eceef0",
        "muted": "#98a1ac",
        "pale": "#1d4436",
        "hatch": "#4a525c",
    },
    {"soft": 3, "line": 8, "unmeasured": 11, "hatch": 25},
    25,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A chosen colour that can hardly be seen."""

    key: str  # the one to change
    what: str
    mend: str


def settled(scheme: Scheme, chosen: Colours, carried: Colours) -> dict[str, str]:
    """All colours of a scheme: the chosen ones as they are, every other so that it can be read beside them.

    `carried` are colours of the other scheme, taken over as far as they can be read in this one.
    """
    now = {**scheme.built_in, **chosen}
    grounds = [now[key] for key in GROUNDS]
    now["text"] = chosen.get("text") or reaching(now["text"], grounds, WORDS)
    if any(now[key] != scheme.built_in[key] for key in ("card", "text")):
        now |= {key: mixed(now["text"], share, now["card"]) for key, share in scheme.greys.items()}
    for state in STATES:
        given = chosen.get(state) or carried.get(state)
        now[state] = chosen.get(state) or reaching(given or now[state], grounds, SHAPES)
        word = f"{state}_text"
        tone = now[state] if given else now[word]
        now[word] = chosen.get(word) or reaching(tone, [*grounds, now["soft"]], WORDS)
    if any(now[key] != scheme.built_in[key] for key in ("card", "ok")):
        now["pale"] = mixed(now["ok"], scheme.pale, now["card"])
    for key in ("text", "muted"):
        now[key] = chosen.get(key) or reaching(now[key], list(_behind(now).values()), WORDS)
    now["unmeasured_text"] = now["muted"]
    if accent := chosen.get("accent") or carried.get("accent"):
        now["accent"] = chosen.get("accent") or reaching(accent, grounds, SHAPES)
        on = (now["page"], now["text"], "#ffffff", "#000000")
        now["on_accent"] = next(one for one in on if contrast(one, now["accent"]) >= WORDS)
    return now


def properties(scheme: Scheme, now: Colours) -> dict[str, str]:
    """The stylesheet's custom properties that are not as they are built in."""
    return {PROPERTIES[key]: colour for key, colour in now.items() if scheme.built_in.get(key) != colour}


def faults(chosen: Colours, now: Colours) -> Iterator[Fault]:
    """Chosen colours below AA, on whichever ground they are worst."""
    behind = _behind(now)
    for key in chosen:
        if key in (*STATES, "accent"):
            grounds, enough = {PAGE: now["page"], CARD: now["card"]}, SHAPES
        elif key in ("text", "muted"):
            grounds, enough = behind, WORDS
        elif key.endswith("_text"):
            grounds, enough = {ground: behind[ground] for ground in (PAGE, CARD, SOFT)}, WORDS
        else:
            continue
        if least(now[key], grounds.values()) < enough:
            yield _fault(key, now[key], grounds, enough)
    apart = [key for key in GROUNDS if key in chosen]
    if apart and "text" not in chosen and least(now["text"], [now[key] for key in GROUNDS]) < WORDS:
        what = f"no text can be read on both the page {now['page']} and the card {now['card']}"
        yield Fault(apart[-1], what, "choose two that are nearer to each other")


def _behind(now: Colours) -> dict[str, str]:
    """What text stands on: the card of the head line is tinted with the state's colour (`.head` in style.css)."""
    tints = {f"the head line's card when {state}": mixed(now[state], 8, now["card"]) for state in STATES}
    return {PAGE: now["page"], CARD: now["card"], SOFT: now["soft"]} | tints


def _fault(key: str, colour: str, grounds: Colours, enough: float) -> Fault:
    worst = min(grounds, key=lambda ground: contrast(colour, grounds[ground]))
    ratio = told(contrast(colour, grounds[worst]))
    what = f"{colour} has a contrast of {ratio} with {worst} ({grounds[worst]}); AA asks for {told(enough)}"
    near = reaching(colour, list(grounds.values()), enough)
    if least(near, grounds.values()) < enough:
        return Fault(key, what, "no colour is enough there: choose page and card nearer to each other")
    return Fault(key, what, f'the nearest that is enough: "{near}"')
