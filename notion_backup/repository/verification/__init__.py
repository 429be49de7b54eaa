"""Proving what is stored: the history, the places, the bytes."""
