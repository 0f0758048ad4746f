"""How the scorecard does on sources that it wasn't trained on: `make ghosts-evaluate`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
import numpy as np
import typer
from sklearn.metrics import roc_auc_score

from ghosts.calibration import POSTS, constants_of
from ghosts.choices import FALSE_FLAGS, FEWER, SUSPECT, Choices, Measured, choose, measure
from ghosts.features import COLUMNS, Array
from ghosts.fit import Labelled, fit_bins
from ghosts.holdout import PAIRS, Pair, labelled, score
from ghosts.measures import PREVALENCES, Rows, Steepness, mcc, share_errors, weights_of
from ghosts.nested import Unseen, nested
from ghosts.shares import Z, estimate_share
from runtime.output import print_json, print_table

RESAMPLES = 400
GROUP_AT_LEAST = 50
# What platforms leave out: nearly everything, what only Twitter gave, the number of posts
LESS_KNOWN = {
    "all fields": (),
    "followers, following and posts only": tuple(
        set(COLUMNS) - {"followers", "following", "posts", "follow_ratio", "follow_pressure"}
    ),
    "without likes given and lists": FEWER,
    "without bio, place, link and picture": (
        "has_bio",
        "has_location",
        "has_link",
        "default_avatar",
    ),
    "without the number of posts": POSTS,
    "followers and following only": tuple(
        set(COLUMNS) - {"followers", "following", "follow_ratio"}
    ),
}


class Figure(msgspec.Struct, frozen=True):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


class Result(msgspec.Struct, frozen=True):
    """One kind of account, held against people, by a model that saw neither.

    What is chosen was chosen on every family, this one too; `ghosts.nested` does without.

    `mcc` is at a score of 0.5 and equal numbers of both. `share_error` is the mean absolute error
    of the share over prevalences from 0 to 60 %, with the calibration of other families only.
    """

    accounts: str
    people: str
    count: int
    auc: Figure
    mcc: Figure
    found: Figure
    found_ghost: Figure
    mcc_ghost: Figure
    share_error: float | None


class Flags(msgspec.Struct, frozen=True):
    """Real people who are flagged."""

    group: str
    count: int
    suspect: Figure
    ghost: Figure


def evaluate(measured: Measured, choices: Choices) -> tuple[list[Result], list[Flags]]:
    """Each source left out of training in turn, and false flags by group of people."""
    pairs = measured.whole[choices.recipe]
    results = [_result(pair, pairs, measured.rows, choices) for pair in pairs]
    by_people = list({pair.people: pair for pair in pairs}.values())
    return results, _flags(measured.rows, by_people, choices)


def with_less(measured: Measured, choices: Choices) -> list[list[object]]:
    """Where fields are missing: mean AUC of all kinds; MCC, share and interval of bought followers.

    Calibration is that of whole profiles, as it is where a file lacks a field.
    """
    constants = constants_of(measured, choices)
    table: list[list[object]] = []
    for name, hidden in LESS_KNOWN.items():
        pairs = measured.pairs(choices.recipe, hidden)
        aucs = {pair.accounts: _auc(pair.ghosts, pair.real) for pair in pairs}
        bought = [pair for pair in pairs if pair.is_bought]
        at_half = [mcc(pair.ghosts >= SUSPECT, pair.real >= SUSPECT) for pair in bought]
        extra = constants["doubt_no_posts"] if "posts" in hidden else 0.0
        shares = np.mean(
            [_shares(pair, constants, choices.steep, extra) for pair in bought], axis=0
        )
        table.append([name, float(np.mean(list(aucs.values()))), float(np.mean(at_half)), *shares])
    return table


def best_possible(rows: Labelled, ridge: float) -> list[list[object]]:
    """Were a card trained on the very accounts: who is found, and MCC, at .5 % of false flags."""
    table: list[list[object]] = []
    for accounts, people in (pair for pair in PAIRS if pair[0].endswith("bought")):
        mine = rows.only(np.isin(rows.source, [accounts, people]))
        scores = score(fit_bins(mine, ridge), mine.columns)
        cut = np.quantile(scores[~mine.is_ghost], 1 - FALSE_FLAGS, method="higher")
        ghosts, real = (scores[side] > cut for side in (mine.is_ghost, ~mine.is_ghost))
        table.append([accounts, people, float(ghosts.mean()), mcc(ghosts, real)])
    return table


def _result(pair: Pair, pairs: Sequence[Pair], rows: Labelled, choices: Choices) -> Result:
    ghosts, real = (
        choices.called(rows, *side)
        for side in ((pair.ghost_rows, pair.ghosts), (pair.real_rows, pair.real))
    )
    error = float(np.mean(share_errors(pair, pairs, choices.steep))) if pair.is_bought else None
    return Result(
        accounts=pair.accounts,
        people=pair.people,
        count=len(pair.ghosts),
        auc=_resampled(pair.ghosts, pair.real, _auc),
        mcc=_resampled(pair.ghosts >= SUSPECT, pair.real >= SUSPECT, mcc),
        mcc_ghost=_resampled(ghosts, real, mcc),
        found=_wilson(pair.ghosts >= SUSPECT),
        found_ghost=_wilson(ghosts),
        share_error=error,
    )


def _auc(ghosts: Array, real: Array) -> float:
    target = np.concatenate([np.ones(len(ghosts)), np.zeros(len(real))])
    return float(roc_auc_score(target, np.concatenate([ghosts, real])))


def _shares(
    pair: Pair, constants: Mapping[str, float], steep: Steepness, extra: float
) -> tuple[float, float, float]:
    """Mean error of the share, how often its interval holds it, and the interval's mean width."""
    ghosts, real = (weights_of(scores, steep) for scores in (pair.ghosts, pair.real))
    found = []
    for share in PREVALENCES:
        mean = share * ghosts.mean() + (1 - share) * real.mean()
        doubt = share * np.mean(ghosts * (1 - ghosts)) + (1 - share) * np.mean(real * (1 - real))
        told = estimate_share(10**6, float(mean), float(doubt) + extra, constants)
        low, high = told.low or 0.0, told.high or 0.0
        found.append((abs((told.share or 0.0) - share), low <= share <= high, high - low))
    error, held, width = np.mean(found, axis=0)
    return float(error), float(held), float(width)


def _flags(rows: Labelled, pairs: Sequence[Pair], choices: Choices) -> list[Flags]:
    everybody = np.concatenate([pair.real_rows for pair in pairs])
    scores = np.concatenate([pair.real for pair in pairs])
    as_ghost = choices.called(rows, everybody, scores)
    people = rows.only(everybody)
    groups: dict[str, Rows] = {"everybody": np.ones(len(scores), bool)}
    groups |= {name: people.source == name for name in sorted(set(people.source))}
    c = people.columns
    groups |= {
        "public figures: 100,000 followers or more": c["followers"] >= 100_000,
        "small accounts: under 50 followers": c["followers"] < 50,
        "students and lurkers: under 20 posts": c["posts"] < 20,
        "new accounts: under a year": c["age_days"] < 365,
        "no bio": c["has_bio"] == 0,
        "default picture": c["default_avatar"] == 1,
    }
    groups |= {f"language {code}": people.language == code for code in sorted(set(people.language))}
    return [
        Flags(name, int(own.sum()), _wilson(scores[own] >= SUSPECT), _wilson(as_ghost[own]))
        for name, own in groups.items()
        if own.sum() >= GROUP_AT_LEAST and name != "language "
    ]


def _resampled(ghosts: Any, real: Any, measure: Callable[[Any, Any], float]) -> Figure:
    """A measure of two groups, with a percentile interval of the bootstrap."""
    generator = np.random.default_rng(0)
    drawn = [
        measure(generator.choice(ghosts, len(ghosts)), generator.choice(real, len(real)))
        for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Figure(measure(ghosts, real), float(low), float(high))


def _wilson(flagged: Rows) -> Figure:
    """A proportion with Wilson's interval."""
    n, p = len(flagged), float(flagged.mean())
    middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * float(np.sqrt(p * (1 - p) / n + Z**2 / (4 * n * n)))
    return Figure(p, max(0.0, middle - half), min(1.0, middle + half))


def main(json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Print what each left-out source says, then whom the scorecard flags wrongly."""
    measured = measure(labelled())
    choices = choose(measured)
    results, flags = evaluate(measured, choices)
    unseen = nested(measured)
    if json:
        print_json({"sources": results, "false_flags": flags, "nested": unseen})
        return
    _print_sources(results, flags)
    _print_nested(unseen)
    print_table(
        "Where fields are missing",
        ["known", "mean AUC", "MCC of bought", "share error", "interval holds it", "its width"],
        with_less(measured, choices),
    )
    print_table(
        "Trained on these very accounts: the most that can be found at .5 % of false flags",
        ["accounts", "against", "found", "MCC"],
        best_possible(measured.rows, choices.recipe.ridge),
    )
    by_accounts = {r.accounts: r.auc.value for r in results}
    typer.echo(f"Mean AUC over {len(by_accounts)} kinds: {np.mean(list(by_accounts.values())):.3f}")
    typer.echo(f"Chosen on all: {choices}")


def _print_sources(results: Sequence[Result], flags: Sequence[Flags]) -> None:
    print_table(
        "Each source by a model that never saw it: how well the score tells",
        ["accounts", "against", "n", "AUC", "MCC at 0.5", "share error"],
        [[r.accounts, r.people, r.count, r.auc, r.mcc, r.share_error] for r in results],
    )
    print_table(
        "How many of them are found",
        ["accounts", "against", "suspect or ghost", "ghost", "MCC of ghost"],
        [[r.accounts, r.people, r.found, r.found_ghost, r.mcc_ghost] for r in results],
    )
    print_table(
        "Real people flagged, by models that never saw them",
        ["group", "people", "suspect or ghost", "ghost"],
        [[f.group, f.count, f.suspect, f.ghost] for f in flags],
    )


def _print_nested(unseen: Sequence[Unseen]) -> None:
    print_table(
        "Nested: neither the model nor any choice saw the family",
        ["accounts", "against", "MCC at 0.5", "MCC of ghost", "people as ghosts", "share error"],
        [[u.accounts, u.people, u.mcc, u.mcc_ghost, u.false_flags, u.share_error] for u in unseen],
    )


if __name__ == "__main__":
    typer.run(main)
