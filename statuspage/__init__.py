"""A truthful status page for chatbots, from one git repository and no server."""

__version__ = "0.1.0"
