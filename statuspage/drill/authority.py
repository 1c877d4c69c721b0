"""A certificate authority for the time of a drill: nobody but the drill's own probes trusts it."""

import ssl
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from statuspage.errors import StatuspageError

LASTING = timedelta(days=365)  # longer than any check warns ahead


class Authority:
    """It is made when a service first speaks TLS."""

    def __init__(self, now: datetime) -> None:
        """`now`: the wall time, which TLS goes by."""
        self._now = now

    @property
    def pem(self) -> str:
        """The authority's own certificate."""
        return bytes(self._ca().cert_pem.bytes()).decode()

    def context(self, host: str, *, expired: bool) -> ssl.SSLContext:
        """For a server of that name; `expired`: with a certificate that ended yesterday."""
        ends = self._now - timedelta(days=1) if expired else self._now + LASTING
        certificate = self._ca().issue_cert(host, not_before=self._now - timedelta(days=30), not_after=ends)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1", "h2"])
        certificate.configure_cert(context)
        return context

    @cache  # noqa: B019 (an authority lives as long as its drill)
    def _ca(self) -> Any:
        try:
            import trustme  # the extra is wanted for TLS alone
        except ImportError:
            mend = "pip install 'chatbot-statuspage[drill]'"
            raise StatuspageError("a drill of TLS needs a package that is not installed", mend=mend) from None
        return trustme.CA()
