"""Records in, bytes of CSV, Parquet and JSON out, for everyone who hands out rows. Knows no Django.

A record is a mapping from column to value: text, number, Decimal, bool, None, or a list of texts.
"""
