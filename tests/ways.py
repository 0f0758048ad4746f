"""The two ways of reading bytes, compiled and by numpy: tests hold one against the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingestion.native import library


@contextmanager
def by_numpy() -> Iterator[None]:
    """As on a machine where nothing was compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library, "library_path", lambda: Path("not-compiled.so"))
        library.library.cache_clear()
        assert library.library() is None
        yield
    library.library.cache_clear()
