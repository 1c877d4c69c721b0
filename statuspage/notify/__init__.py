"""Telling people: what is decided, sent and kept."""
