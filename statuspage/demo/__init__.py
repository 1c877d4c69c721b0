"""The demonstration: a small chatbot on loopback, and a scripted world of 90 days."""
