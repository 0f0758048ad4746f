"""What makes a ghost of a suspect: docs/decisions/a-ghost-is-hollow.md."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ghosts.features import Array


class Hollow(NamedTuple):
    """An account that was made to follow and does nothing else, as `ghost_band` asks in SQL.

    It follows at least `following` accounts, and `follow_ratio` times as many as follow it,
    `follow_floor` added to these for newcomers; it has fewer than `posts` posts and gave fewer than
    `likes` likes, or it isn't known how many.
    """

    follow_ratio: float
    follow_floor: float
    following: float
    posts: float
    likes: float

    def holds(self, columns: dict[str, Array]) -> npt.NDArray[np.bool_]:
        """Which of many accounts are; NaN is unknown."""
        least = self.follow_ratio * (columns["followers"] + self.follow_floor)
        return np.asarray(
            (columns["following"] >= np.maximum(least, self.following))
            & (columns["posts"] < self.posts)
            & (np.nan_to_num(columns["likes_given"]) < self.likes)
        )

    def constants(self) -> dict[str, float]:
        """As the seed `ghost_calibration` names them."""
        return {f"ghost_{name}": float(value) for name, value in self._asdict().items()}
