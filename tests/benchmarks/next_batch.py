"""Suggest rules from each clean batch, and judge the next one by them: how many fail that should not?

    PYTHONPATH=tests python tests/benchmarks/next_batch.py SOURCES [--batches 20] [--history FILES]

SOURCES has a folder for each source, with batches in the order of their names. With `--history`
so many batches before are files of one dataset, which teach what varies, and are the past by
which the rules that need one judge the next batch.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from idqp_cli.core.model import Status
from idqp_cli.pipeline import over_time
from idqp_cli.pipeline.looking import Wanted
from idqp_cli.pipeline.suggesting import learn
from idqp_cli.suggest.judge import CONFIDENT
from suggest_of import judged_by, suggested


def judged(before: Path, after: Path) -> tuple[int, list[str]]:
    """Return how many rules one batch suggests, and what the next one says of those that it fails."""
    found = suggested(before)
    # What fails where it was learnt is a finding, and no rule that holds.
    rules = tuple(one.rule for one in found.suggestions if not one.finding)
    _, results = judged_by(after, rules, found.proposal.read)
    failed = [f"{one.rule.name}: {one.verdict.message}" for one in results if one.verdict.status is not Status.PASSED]
    return len(rules), [one for one in failed if "there is no" not in one]


def judged_after(before: Sequence[Path], after: Path) -> tuple[int, list[str]]:
    """Return how many rules some batches suggest, and what the next one says of those that it fails."""
    (learnt,) = learn(list(map(str, before)), (), Wanted(CONFIDENT), lambda _: None)
    rules = tuple(one.rule for one in learnt.suggestions if not one.finding)
    days = over_time.dated([*map(str, before), str(after)])
    verdicts = over_time.replayed(learnt.dataset, days, rules, lambda _: None)[-1].verdicts
    failed = [f"{name}: {one.message}" for name, one in verdicts.items() if one.status is Status.FAILED]
    own = {rule.name for rule in rules}
    return len(rules), [one for one in failed if one.split(": ")[0] in own]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", type=Path)
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--history", type=int, default=1)
    options = parser.parse_args()
    for source in sorted(options.sources.iterdir()):
        batches = sorted(source.iterdir())
        past = options.history
        step = max(1, (len(batches) - past) // options.batches)
        rules, failed = 0, []
        for number in range(past, len(batches), step)[: options.batches]:
            before, after = batches[number - past : number], batches[number]
            own, wrong = judged(before[0], after) if past == 1 else judged_after(before, after)
            rules += own
            failed += [f"{before[-1].name} → {after.name}: {one}" for one in wrong]
        sys.stdout.write(f"{source.name}: {rules:,} rules, {len(failed):,} fail ({len(failed) / max(1, rules):.2%})\n")
        sys.stdout.writelines(f"  {one}\n" for one in failed)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
