"""SQLite's own file system layer, wrapped: every write, truncation and sync is recorded, and may be made to fail.

Python's sqlite3 and this module share one libsqlite3 in the process, so the product's code runs unchanged. Of the
default VFS's method table a copy is made with three functions replaced; everything else is the original.
Run in a process of its own: the wrapped layer becomes the process's default.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import ctypes.util
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

OK, FULL, IOERR_WRITE, IOERR_FSYNC = 0, 13, 10 | 3 << 8, 10 | 4 << 8
_MAIN_DB, _MAIN_JOURNAL, _WAL = 0x100, 0x800, 0x80000

_p = ctypes.c_void_p
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, _p, _p, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, _p, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, _p, ctypes.c_int)
# the name as an address: SQLite keeps the pointer as long as the file is open
_OPEN = ctypes.CFUNCTYPE(ctypes.c_int, _p, _p, _p, ctypes.c_int, _p)


class _Methods(ctypes.Structure):
    _fields_ = [
        ("version", ctypes.c_int), ("close", _p), ("read", _p), ("write", _p), ("truncate", _p), ("sync", _p),
        *((f"rest{n}", _p) for n in range(13)),
    ]  # fmt: skip


class _Vfs(ctypes.Structure):
    _fields_ = [
        ("version", ctypes.c_int), ("size", ctypes.c_int), ("path", ctypes.c_int), ("next", _p),
        ("name", ctypes.c_char_p), ("data", _p), ("open", _p), *((f"rest{n}", _p) for n in range(16)),
    ]  # fmt: skip


@dataclass
class Recorder:
    """What reached the files, in order.

    ops: ("write", file, offset, bytes), ("truncate", file, size), ("sync", file), and ("ack", ...) of the caller.
    fail: asked before each write or sync with its name ("write", "sync"); a number other than 0 is returned
        to SQLite instead of doing it.
    """

    recording: bool = False
    ops: list[tuple] = field(default_factory=list)
    fail: Callable[[str], int] = lambda what: OK
    _kept: list = field(default_factory=list)
    _names: dict[int, str] = field(default_factory=dict)

    def install(self) -> Recorder:
        """Make the wrapped layer the default of this process."""
        lib = _library()
        lib.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        lib.sqlite3_vfs_find.argtypes = [ctypes.c_char_p]
        lib.sqlite3_vfs_register.argtypes = [ctypes.POINTER(_Vfs), ctypes.c_int]
        original = lib.sqlite3_vfs_find(None).contents
        wrapped = _Vfs.from_buffer_copy(original)
        wrapped.name, wrapped.next = b"recorder", None
        real_open = _OPEN(original.open)
        tables: dict[int, _Methods] = {}

        def opened(vfs: int, name: int | None, file: int, flags: int, out: int | None) -> int:
            code = real_open(vfs, name, file, flags, out)
            if code == OK and name and flags & (_MAIN_DB | _MAIN_JOURNAL | _WAL):
                self._names[file] = Path(ctypes.string_at(name).decode()).name
                pointer = ctypes.cast(file, ctypes.POINTER(ctypes.c_void_p))
                pointer[0] = ctypes.addressof(self._methods(pointer[0], tables))
            return code

        callback = _OPEN(opened)
        wrapped.open = ctypes.cast(callback, _p)
        self._kept += [wrapped, callback, tables]
        if lib.sqlite3_vfs_register(ctypes.byref(wrapped), 1) != OK:
            raise RuntimeError("SQLite refused the wrapped file system layer")
        return self

    def _methods(self, address: int, tables: dict[int, _Methods]) -> _Methods:
        if address in tables:
            return tables[address]
        original = _Methods.from_address(address)
        table = _Methods.from_buffer_copy(original)
        write, truncate, sync = _WRITE(original.write), _TRUNCATE(original.truncate), _SYNC(original.sync)

        def on_write(file: int, data: int, size: int, offset: int) -> int:
            code = self.fail("write") or write(file, data, size, offset)
            if code == OK and self.recording:
                self.ops.append(("write", self._names[file], offset, ctypes.string_at(data, size)))
            return code

        def on_truncate(file: int, size: int) -> int:
            code = truncate(file, size)
            if code == OK and self.recording:
                self.ops.append(("truncate", self._names[file], size))
            return code

        def on_sync(file: int, flags: int) -> int:
            code = self.fail("sync") or sync(file, flags)
            if code == OK and self.recording:
                self.ops.append(("sync", self._names[file]))
            return code

        callbacks = _WRITE(on_write), _TRUNCATE(on_truncate), _SYNC(on_sync)
        table.write, table.truncate, table.sync = (ctypes.cast(one, _p) for one in callbacks)
        self._kept += [callbacks, write, truncate, sync]
        tables[address] = table
        return table


def _library() -> ctypes.CDLL:
    """The libsqlite3 that Python's sqlite3 runs on. Raises with what to do where it is built in."""
    for path in (_linked(), getattr(_sqlite3, "__file__", None), ctypes.util.find_library("sqlite3")):
        if path is None:
            continue
        library = ctypes.CDLL(path)
        if hasattr(library, "sqlite3_vfs_register"):
            return library
    raise RuntimeError(
        "the power-cut test needs a Python whose sqlite3 is linked to a shared libsqlite3: on Debian or Ubuntu "
        "use the system's python3 (sudo apt-get install python3 libsqlite3-0)"
    )


def _linked() -> str | None:
    """The library named by the dynamic linker for Python's module."""
    module = getattr(_sqlite3, "__file__", None)
    if module is None:
        return None
    told = subprocess.run(["ldd", module], capture_output=True, text=True, check=False).stdout
    lines = [line.split() for line in told.splitlines() if "libsqlite3" in line]
    return lines[0][2] if lines and len(lines[0]) > 2 else None
