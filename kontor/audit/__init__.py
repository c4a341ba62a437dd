"""The independent attacker: tries to infer what a protected table hides, from the table and its recipe alone.

For everyone who relies on such a table. Shares no code with engines.disclosure: its own reader, equations and solver calls.
"""

from .auditing import audit
from .result import Leak, Result

__all__ = ["Leak", "Result", "audit"]
