"""The content of a gzip file, whatever stands behind it."""

from __future__ import annotations

import zlib
from typing import IO

MAGIC = b"\x1f\x8b"
PIECE = 1 << 18  # packed bytes read at a time
GZIP = 31  # for zlib: with the header of gzip, whose checksum and length are checked


class Unpacked:
    """An open gzip file from its beginning. `trailing`: bytes behind the last member that are neither one nor zeros.

    Reading raises EOFError where it ends too early, zlib.error where it is damaged.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._member, self._rest = file, zlib.decompressobj(GZIP), b""
        self._ended = False
        self.trailing = 0

    def read(self, count: int) -> bytes:
        """So many bytes, fewer at the end."""
        pieces, missing = [], count
        while missing and not self._ended:
            pieces.append(self._some(missing))
            missing -= len(pieces[-1])
            if self._member.eof:
                self._next_member()
        return b"".join(pieces)

    def _some(self, most: int) -> bytes:
        packed = self._member.unconsumed_tail or self._rest or self._file.read(PIECE)
        self._rest = b""
        piece = self._member.decompress(packed, most)
        if not packed and not piece:
            raise EOFError("it ends too early")
        return piece

    def _next_member(self) -> None:
        """Go on behind a member: with another one, or to the end."""
        rest = self._member.unused_data.lstrip(b"\0")
        while len(rest) < len(MAGIC) and (more := self._file.read(PIECE)):
            rest = (rest + more).lstrip(b"\0")
        if rest.startswith(MAGIC):
            self._member, self._rest = zlib.decompressobj(GZIP), rest
            return
        self._ended, self.trailing = True, len(rest)
        while more := self._file.read(PIECE):
            self.trailing += len(more)
