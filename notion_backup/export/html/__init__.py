"""HTML: a site of plain files that needs no server and fetches nothing from elsewhere."""
