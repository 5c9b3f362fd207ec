"""Composed music for the demo: seeded, free of Django, and free of anybody's rights.

`catalogue.catalogue(seed)` lists the tracks, `write.write(folder, seed)` writes them as files,
`covers.cover_for(text, style)` draws a cover. Nothing is imported here: web processes draw covers
and need no synthesis.
"""
