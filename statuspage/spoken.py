"""Which languages the pages can speak."""

WRITTEN = ("en", "fr", "de", "es", "it", "nl", "pt")  # languages whose words are there
UNREAD = ("de", "es", "it", "nl", "pt")  # those among them that no native reader has looked through


def has_words(code: str) -> bool:
    """Whether the pages can speak a language, given by its BCP 47 code."""
    return code.split("-")[0].lower() in WRITTEN
