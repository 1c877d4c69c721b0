"""Ten years of made-up incidents in which some were planted to come again: seeded, so that each run has the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random

from statuspage.model import CauseClass, Impact, Incident, IncidentStatus, State, Update

BEGIN = datetime(2016, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)
COMPONENTS = tuple(f"part-{n}" for n in range(12))
CAUSES = tuple(c for c in CauseClass if c is not CauseClass.UNKNOWN)

# The same trouble as four people would tell it: title, cause, what is noticed, what was done.
PLANTED: Sequence[Sequence[tuple[str, str, str, str]]] = (
    (
        ("No answers from the language model", "The monthly quota at our model provider is used up.",
         "Every question ends with an error message.", "The quota was raised."),
        ("Chat gives no answers", "The quota at our model provider was used up.",
         "Users see an error instead of an answer.", "We raised the quota at the provider."),
        ("Quota of the model provider exhausted", "The monthly quota ran out two days early.",
         "The chatbot answers with an error.", "A larger quota holds now."),
        ("Answers fail: provider quota", "Quota of the model provider.",
         "All conversations end in an error.", "The provider raised our quota."),
    ),
    (
        ("Webhook token for WhatsApp expired", "The access token of the WhatsApp channel has expired.",
         "Messages on WhatsApp are not answered.", "A new token was put in."),
        ("WhatsApp messages unanswered", "The token for WhatsApp's webhook ran out.",
         "Nobody is answered on WhatsApp.", "The token was renewed."),
        ("No replies on WhatsApp", "The WhatsApp access token expired again.",
         "People write on WhatsApp and get no reply.", "We renewed the token by hand."),
    ),
    (
        ("Search returns outdated documents", "The nightly index job of the knowledge base stopped half-way.",
         "Answers quote documents that were replaced last week.", "The index was rebuilt."),
        ("Knowledge base index out of date", "The nightly index job ran out of disk.",
         "Answers are based on last week's documents.", "We freed disk space and rebuilt the index."),
        ("Old documents in answers", "The index job of the knowledge base failed.",
         "Search finds documents as they were on Monday.", "The index was rebuilt from scratch."),
    ),
    (
        ("Réponses lentes en Europe", "Notre fournisseur de modèle a perdu de la capacité à Paris.",
         "Les réponses mettent plus de dix secondes.", "La capacité est revenue."),
        ("Lenteur des réponses", "Perte de capacité chez le fournisseur du modèle à Paris.",
         "Une conversation sur trois attend dix secondes.", "Le fournisseur a rétabli sa capacité."),
    ),
    (
        ("知识库索引过期", "知识库的夜间索引任务失败。", "回答引用了旧文件。", "索引已重建。"),
        ("知识库索引没有更新", "夜间索引任务磁盘已满。", "回答使用旧文件。", "已重建索引。"),
    ),
)  # fmt: skip
PHRASES = (
    "We are looking into it. We will write again in half an hour.",
    "We have found the cause and work on it.",
    "A fix is in place, and we watch it.",
    "It works again. We are sorry for the trouble.",
)
VOWELS, CONSONANTS = "aeiou", "bdfgklmnprstvz"


@dataclass(frozen=True)
class Planted:
    """Ten years: incidents oldest first, and which of them are the same trouble."""

    incidents: tuple[Incident, ...]
    trouble: dict[str, str]  # by id: the name of the planted trouble; those without are alone


def ten_years(seed: int, alone: int = 400, rounds: int = 6) -> Planted:
    """Each trouble comes `rounds` times, all its tellings within 60 days, the rounds more than 90 days apart.

    Planted by cause are incidents of one component and one class with nothing in common in their words. All others
    are worded from a vocabulary with a few common words and many rare ones, as languages have it, and share neither
    component and class nor trouble with another.
    """
    random = Random(seed)
    words = _vocabulary(random)
    found: list[tuple[Incident, str]] = []
    for n, tellings in enumerate(PLANTED):
        for start in _apart(random, rounds):
            for m, telling in enumerate(tellings):
                at = start + m * 60 * DAY / len(tellings) + random.random() * DAY
                found.append((incident(f"text-{n}-{at:%Y%m%d}", at, telling, ("part-0",)), f"text-{n}"))
    for n in range(3):
        cause = CAUSES[n]
        for start in _apart(random, rounds):
            for m in range(3):
                at = start + m * 25 * DAY + random.random() * DAY
                telling = _telling(random, words)
                one = incident(f"cause-{n}-{at:%Y%m%d}", at, telling, (f"part-{n + 1}",), cause)
                found.append((one, f"cause-{n}"))
    free = [(part, cause) for part in COMPONENTS[4:] for cause in CAUSES]
    for n in range(alone):
        at = BEGIN + n * 3650 * DAY / alone
        part, cause = free[n % len(free)]  # each pair comes back only after all the others
        found.append((incident(f"alone-{n}", at, _telling(random, words), (part,), cause), ""))
    found.sort(key=lambda one: (one[0].started, one[0].id))
    return Planted(tuple(one for one, _ in found), {one.id: name for one, name in found if name})


def _apart(random: Random, rounds: int) -> Iterator[datetime]:
    """Starts that lie more than 160 days apart."""
    each = 3650 * DAY / rounds
    return (BEGIN + n * each + random.random() * (each - 160 * DAY) for n in range(rounds))


def _vocabulary(random: Random) -> list[str]:
    syllables = [c + v for c in CONSONANTS for v in VOWELS]
    return sorted({"".join(random.choices(syllables, k=random.randint(2, 5))) for _ in range(4000)})


def _telling(random: Random, words: Sequence[str]) -> tuple[str, str, str, str]:
    counts = [*accumulate(1 / (n + 3) for n in range(len(words)))]  # Zipf's law
    title, cause, seen, done = (
        " ".join(random.choices(words, cum_weights=counts, k=k)) for k in (6, 9, 14, 7)
    )
    return title, cause, seen, done


def incident(
    id_: str,
    at: datetime,
    telling: tuple[str, str, str, str],
    components: Sequence[str] = (),
    cause: CauseClass = CauseClass.UNKNOWN,
) -> Incident:
    title, why, seen, done = telling
    texts = (f"{seen} {PHRASES[0]}", PHRASES[1], PHRASES[2], f"{done} {PHRASES[3]}")
    at = at.replace(microsecond=0)
    updates = [update(n, text, at + n * timedelta(minutes=10)) for n, text in enumerate(texts, 1)]
    return Incident(
        id=id_,
        title=title,
        impact=Impact.MINOR,
        status=IncidentStatus.RESOLVED,
        started=at,
        created=at,
        resolved=at + timedelta(hours=1),
        components={},
        worst=dict.fromkeys(components, State.MAJOR),
        updates=tuple(reversed(updates)),
        cause=why,
        cause_class=cause,
    )


def update(number: int, text: str, at: datetime, status: str = "") -> Update:
    word = status or list(IncidentStatus)[number - 1]
    return Update(number=number, status=word, at=at, first_seen=at, html=f"<p>{text}</p>", text=text)
