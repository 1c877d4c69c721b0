"""Examinations of the published page: whether readers reach it, and whether it is ours and fresh."""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from statuspage.causes import CODES
from statuspage.config import Config
from statuspage.doctor.rhythm import CLOCKS_DIFFER
from statuspage.doctor.values import Outcome, Seen, Unseen, examined, moment, words
from statuspage.errors import Problem, StatuspageError, Where
from statuspage.importers.files import json_of
from statuspage.net import Answer, NetError
from statuspage.probes.base import shown
from statuspage.snapshot import lasting

STATUS_FILE = "api/status.json"
_FROM_HERE = (
    "dns.resolver",
    "net.unreachable",
    "net.private",
)  # codes that say more of this machine than of the page


def address(seen: Seen) -> Outcome:
    """Whether page.url is one that readers can use."""
    if isinstance(seen.config, Unseen):
        return seen.config
    url = seen.config.page.url
    where = seen.config.source.where("page", "url")
    if is_here(url):
        what = f"page.url is {url}, which is this machine alone"
        return examined("", [Problem(what, where, "write the address that readers use", warning=True)])
    if url.startswith("http:"):
        what = "page.url has no HTTPS: whoever stands in between may change what readers see"
        return examined(
            "", [Problem(what, where, "publish by HTTPS, and write https:// there", warning=True)]
        )
    return examined(url)


def published(seen: Seen) -> Outcome:
    """Whether the page answers, is ours, and is as fresh as its cadence promises."""
    if isinstance(seen.config, Unseen):
        return seen.config
    if isinstance(seen.page, Unseen):
        return seen.page
    url = seen.config.page.url
    if isinstance(seen.page, NetError) and (
        is_here(url) or seen.page.code in _FROM_HERE or _is_cut_off(seen)
    ):
        return Unseen(f"{url} cannot be reached from here: {seen.page}")
    where = seen.config.source.where("page", "url")
    if isinstance(seen.page, NetError):
        return examined("", [_at(_silent(seen.page), where)])
    document = _document(seen.page)
    if isinstance(document, Problem):
        return examined("", [_at(document, where)])
    findings = [
        *_ours(document, seen.config),
        *_redirected(seen.page),
        *_fresh(document, seen.config, seen.now),
    ]
    said = (
        f"made {shown(document.get('generated_at'), 40)}, measured {shown(document.get('measured_at'), 40)}"
    )
    return examined(said, (_at(finding, where) for finding in findings))


def is_here(url: str) -> bool:
    """Whether an address leads to the machine itself; what is no address does not."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_cut_off(seen: Seen) -> bool:
    """Whether GitHub was asked too and could not be reached either."""
    found = [*seen.github.values()]
    return any(isinstance(one, NetError) for one in found) and not any(
        isinstance(one, Answer) for one in found
    )


def _silent(error: NetError) -> Problem:
    what = f"the page does not answer: {CODES[error.code].operators} ({error})"
    return Problem(
        what, mend="look at it in a browser; then at the last runs, and at where the page is published"
    )


def _document(fetched: Answer) -> Mapping[str, Any] | Problem:
    """The page's own state, or what is wrong with the answer."""
    if fetched.status != HTTPStatus.OK:
        mend = "publish the page there, or mend page.url"
        return Problem(f"{STATUS_FILE} is not there: the answer is {fetched.status}", mend=mend)
    try:
        document = json_of(fetched.body.decode("utf-8", "replace"), STATUS_FILE)
    except StatuspageError:
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("page"), dict):
        return Problem(f"{STATUS_FILE} is no file of ours: another page answers", mend="mend page.url")
    return document


def _ours(document: Mapping[str, Any], config: Config) -> Iterator[Problem]:
    told = document["page"].get("url")
    if told != config.page.url:
        mend = "write the page's own address in page.url, and publish it again"
        yield Problem(
            f"the page there says that its address is {shown(told, 200)}, page.url is {config.page.url}",
            mend=mend,
        )


def _redirected(answer: Answer) -> Iterator[Problem]:
    if answer.hops:
        what = f"page.url redirects ({answer.hops} times)"
        yield Problem(what, mend="write the address that it leads to", warning=True)


def _fresh(document: Mapping[str, Any], config: Config, now: datetime) -> Iterator[Problem]:
    """Against the promise in the configuration, not against the page's own."""
    made, measured = _time(document.get("generated_at")), _time(document.get("measured_at"))
    if made is None:
        yield Problem("the page does not say when it was made", mend="publish it again")
        return
    if made > now + CLOCKS_DIFFER:
        yield Problem(
            f"the page was made at {moment(made)}, later than now",
            mend="set the clock of the machine that builds it",
        )
    if measured is None:
        yield Problem(
            "the page shows nothing that was measured", mend="statuspage probe, then build", warning=True
        )
    for what, at in (("made", made), ("measured", measured)):
        if at is not None and now - at > lasting(config):
            promised = words(lasting(config))
            mend = "look at the last runs: Actions > status; and at the deployments"
            yield Problem(
                f"what the page shows was {what} {words(now - at)} ago, at most {promised} is promised",
                mend=mend,
            )
            return


def _time(told: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(told))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else None


def _at(finding: Problem, where: Where) -> Problem:
    return replace(finding, where=where)
