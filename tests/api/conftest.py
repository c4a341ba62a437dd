"""A client of the interface."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def api(loaded: Any, db: None, client: Any, settings: Any) -> Any:
    """Asks an address, given in full or below /api/v1/, and returns the response."""
    settings.KONTOR_API_LIMIT = 0

    def ask(address: str, **headers: str) -> Any:
        place = address if address.startswith("/") else f"/api/v1/{address}"
        return client.get(place, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return ask
