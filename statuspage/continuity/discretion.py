"""What readers may see of texts that people wrote for themselves: no address of the own network."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from statuspage.dial import is_own_word

ENDINGS = (".corp", ".home", ".intranet", ".private")  # beside those that `is_own_word` knows
_ADDRESS = re.compile(
    r"""
    [a-z][a-z0-9+.-]*://[^\s<>"']+                                # an address with its scheme
    | (?<![\w.:])(?P<six>\[?[0-9a-f]*(?::[0-9a-f.]*){2,}\]?)(?::\d+)?(?:/\d+)?  # perhaps IPv6
    | (?<![\w.])[\w-]+(?:\.[\w-]+)+\.?(?::\d+)?(?:/[^\s<>"',;)]*)?  # a name with dots, IPv4
    | (?<![\w.])(?:[a-z][\w-]*:\d{2,5}|localhost)\b(?:/[^\s<>"',;)]*)?  # a name with a port
    """,
    re.VERBOSE | re.IGNORECASE,
)


def without_addresses(text: str, instead: str) -> str:
    """The text with `instead` for each address that means something in the own network alone."""

    def shown(found: re.Match[str]) -> str:
        time_of_day = found["six"] is not None and not _is_number(found["six"].strip("[]."))
        return found[0] if time_of_day or not is_internal(found[0]) else instead

    return _ADDRESS.sub(shown, text)


def is_internal(address: str) -> bool:
    """Whether an address, with its scheme or without, leads into the own network; any number of an address does."""
    whole = address if "://" in address else f"any://{_bracketed(address)}"
    try:
        host = (urlsplit(whole).hostname or "").rstrip(".")
    except ValueError:
        return True  # it cannot be told
    return is_own_word(host) or host.endswith(ENDINGS)


def _bracketed(address: str) -> str:
    """An IPv6 address as it stands in an URL."""
    bare = address.partition("/")[0]
    return f"[{bare}]" if ":" in bare and _is_number(bare) else address


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
