"""Conversation partners: one file a dialect of chatbots."""
