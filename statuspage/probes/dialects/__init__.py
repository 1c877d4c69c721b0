"""How language models are spoken to: one file a dialect."""

from collections.abc import Mapping

from statuspage.probes.dialects.anthropic import Anthropic
from statuspage.probes.dialects.asking import Completion, complete
from statuspage.probes.dialects.base import Dialect, Endpoint, Turn
from statuspage.probes.dialects.gemini import Gemini
from statuspage.probes.dialects.ollama import Ollama
from statuspage.probes.dialects.openai import OpenAi

__all__ = ["DIALECTS", "Completion", "Dialect", "Endpoint", "Turn", "complete"]

DIALECTS: Mapping[str, Dialect] = {
    dialect.name: dialect for dialect in (OpenAi(), Anthropic(), Gemini(), Ollama())
}
