"""Keys, ids and encryption. Nothing here knows where objects lie."""
