"""The pages: views parse, ask queries and operations, and hand frozen records to templates."""
