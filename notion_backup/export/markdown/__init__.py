"""Markdown for Obsidian and for git: a note for each page and database, attachments beside, CSV files and Bases."""
