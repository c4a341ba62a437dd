"""Files that appear together: written beside their places, renamed once all are whole, the one that counts last."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from kontor.errors import Refused

PREFIX = ".kontor-protect-"
LOCK = ".lock"


class Staging:
    """Folders beside the places of the files, which only their owner can look into.

    Whatever ends the run takes the folders away; what is left of a run that was killed goes with the next run that
    writes to the same place.
    """

    def __init__(self) -> None:
        self._folders: dict[Path, tuple[Path, int]] = {}
        self._files: dict[Path, Path] = {}
        self._made: list[Path] = []

    def __enter__(self) -> Staging:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for folder, lock in self._folders.values():
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
        for folder in self._made:
            with suppress(OSError):  # it holds the files now
                folder.rmdir()
        self._folders.clear()
        self._files.clear()

    def private_folder(self, folder: Path) -> Path:
        """A folder for its owner alone. Unless it is there, it is made when the files get their names, not before.

        Refused: output_folder_missing, folder_unwritable.
        """
        folder = folder.resolve()
        if not folder.exists():
            (self._folder(folder.parent) / folder.name).mkdir(mode=0o700, exist_ok=True)
            self._made.append(folder)
        return folder

    def place(self, target: Path, *, private: bool = False) -> Path:
        """Where to write what will be `target`; a private file can be read by its owner alone.

        Refused: outputs_coincide, file_is_folder, output_is_device, output_folder_missing, folder_unwritable.
        """
        target = target.resolve()
        if target in self._files or target in self._made:
            raise Refused("outputs_coincide", file=target.name)
        if target.is_dir():
            raise Refused("file_is_folder", file=target.name)
        if target.exists() and not target.is_file():
            raise Refused("output_is_device", file=str(target))
        path = self._beside(target.parent) / target.name
        _create(path, mode=0o600 if private else 0o666)
        self._files[target] = path
        return path

    def _beside(self, parent: Path) -> Path:
        """Where the files of a folder are written: in it, or beside it while it is not there."""
        return self._folder(parent.parent) / parent.name if parent in self._made else self._folder(parent)

    def _folder(self, parent: Path) -> Path:
        if parent not in self._folders:
            try:
                with _alone(parent):
                    _clear(parent)
                    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
                    self._folders[parent] = folder, _locked(folder / LOCK)
            except FileNotFoundError:
                raise Refused("output_folder_missing", folder=str(parent)) from None
            except OSError as error:
                raise Refused("folder_unwritable", folder=str(parent), reason=str(error.strerror)) from None
        return self._folders[parent][0]

    def publish(self) -> None:
        """Give all files their names, in the order in which they were asked for.

        Every file is on the disk before the first is renamed. The last one is what counts: its old version goes first
        and its new one comes last, so that whoever finds it finds the others of the same run beside it, even if this
        process is killed or the power fails in between. Runs whose last files share a folder take turns.
        Refused("folder_unwritable") where even a rename fails.
        """
        for path in self._files.values():
            _to_disk(path)
        *others, last = self._files
        target = last
        try:
            for target in self._made:
                target.mkdir(mode=0o700, exist_ok=True)
            target = last
            with _alone(last.parent), _uninterrupted():
                last.unlink(missing_ok=True)
                self._settle()
                for target in others:
                    self._files[target].replace(target)
                self._settle()
                target = last
                self._files[last].replace(last)
                self._settle()
        except OSError as error:
            raise Refused("folder_unwritable", folder=str(target), reason=str(error.strerror)) from None
        self._files.clear()

    def _settle(self) -> None:
        """What was renamed or taken away stays so after a power cut."""
        for parent in {*self._folders, *filter(Path.is_dir, self._made)}:
            _to_disk(parent)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Waits while another run has the folder. The lock is on the folder itself, so nothing is left of it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """What is asked of the process meanwhile waits."""
    waiting = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, waiting)


def _create(path: Path, *, mode: int) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))


def _locked(path: Path) -> int:
    """The lock falls when its process ends, however it ends."""
    lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return lock


def _clear(parent: Path) -> None:
    """Take away what a killed run left: folders whose lock nobody holds."""
    for folder in _left(parent):
        try:
            lock = os.open(folder / LOCK, os.O_RDWR)
        except OSError:
            continue  # being made or taken away at this moment by its own run
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            pass  # at work
        finally:
            os.close(lock)


def _left(parent: Path) -> Iterable[Path]:
    return [path for path in parent.glob(f"{PREFIX}*") if path.is_dir() and not path.is_symlink()]


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
