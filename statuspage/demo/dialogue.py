"""What the demonstration chatbot says: a name kept over turns, opening hours, products, three articles."""

import re
from collections.abc import Mapping, MutableMapping

HOURS = "We are open Monday to Friday, 9:00 to 17:00."
FALLBACK = "Sorry, I did not understand that. Could you rephrase it?"
ARTICLES: Mapping[str, str] = {
    "Refunds": "You can ask for a refund within 30 days.",
    "Delivery": "Orders leave our house within two working days.",
    "Opening hours": HOURS,
}


def reply(message: str, memory: MutableMapping[str, str]) -> str:
    """The answer to one message. `memory` is the dialogue's own: it keeps a name over turns."""
    if told := re.search(r"\bmy name is ([\w'-]{1,40})", message, re.IGNORECASE):
        memory["name"] = told[1]
        return f"Nice to meet you, {told[1]}."
    if re.search(r"\bwhat(?: is|'s) my name\b", message, re.IGNORECASE):
        return f"Your name is {memory['name']}." if "name" in memory else "You have not told me your name."
    if re.search(r"\bopen(?:ing)?\b", message, re.IGNORECASE):
        return HOURS
    if product := re.search(r"\b(\d{1,6}) ?[x*] ?(\d{1,6})\b", message):
        return str(int(product[1]) * int(product[2]))
    return next((text for _, text in found(message)), FALLBACK)


def found(query: str) -> list[tuple[str, str]]:
    """Titles and texts of the articles that a word of the query, longer than three letters, leads to."""
    words = [word for word in re.findall(r"\w+", query.lower()) if len(word) > 3]
    return [(title, text) for title, text in ARTICLES.items() if any(w in title.lower() for w in words)]
