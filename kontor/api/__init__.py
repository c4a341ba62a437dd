"""The interface for other people's programs: parse, ask queries, answer. Reading only, open to everyone.

Neighbours: config mounts it; it reads every capability's queries and no page.
"""
