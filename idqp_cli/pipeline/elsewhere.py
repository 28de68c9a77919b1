"""What a run whose data is on a Spark cluster cannot be asked for."""

from __future__ import annotations

from idqp_cli.core.errors import UsageError
from idqp_cli.pipeline.request import Request
from idqp_cli.project.project import Project


def refuse(request: Request) -> None:
    """Refuse options that need the rows here, where they are on a cluster.

    Raises:
        UsageError: one of them was given, or a path that no dataset names.

    """
    if request.engine.here:
        return
    asked = {
        "--verify": request.verify,
        "incremental": any(target.dataset.incremental for target in request.targets),
        "paths without rules": any(target.unnamed is not None for target in request.targets),
    }
    for option, given in asked.items():
        if given:
            refuse_on_cluster(request.project, option)


def refuse_on_cluster(project: Project, what: str) -> None:
    """Refuse what only DuckDB does, where the rules file names another engine.

    Raises:
        UsageError: it does.

    """
    if project.engine is not None:
        raise UsageError(f"{what}: not with engine: spark, whose rows stay on the cluster; leave it out, or use DuckDB")
