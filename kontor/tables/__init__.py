"""Records in, bytes of CSV, Parquet and JSON out. For everyone who hands out rows. Knows neither Django nor the record.

A record is a mapping from column to value: text, number, Decimal, bool, None, or a list of texts.
"""
