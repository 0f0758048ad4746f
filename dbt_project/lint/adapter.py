"""What sqlfluff sees of dbt's adapter: a dispatched macro is a function of its name.

sqlfluff renders models without dbt, so there is no adapter to dispatch through. How the macro is
written in each dialect is checked where it is compiled, not here.
"""

from __future__ import annotations

from collections.abc import Callable


def dispatch(name: str, package: str) -> Callable[..., str]:
    """Stands in for the macro: its name, called with the same arguments."""
    return lambda *arguments: f"{name}({', '.join(map(str, arguments))})"
