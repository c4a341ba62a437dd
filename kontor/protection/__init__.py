"""Protection at the source: records of people or firms go in, a table with a proof comes out, without account or network.

For a city's statistician. Neighbours: engines.disclosure decides what is hidden, audit proves it, cli runs it.
"""
