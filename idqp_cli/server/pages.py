"""The dashboard: its built files, and a plain page where they are missing."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse

from idqp_cli.server.problems import Problem

FOLDER = Path(__file__).parent / "dashboard"
KEPT, ASKED = "public, max-age=31536000, immutable", "no-cache"
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>idqp</title></head>
<body><h1>idqp</h1>
<p>The API is at /api/v1, described by <a href="/api/v1/openapi.json">openapi.json</a>.
This installation has no dashboard.</p>
<h2>What to do next</h2>
<ol><li>In the folder of your data: <code>idqp init</code> suggests rules.</li>
<li><code>idqp check</code> checks the data, and makes the store that this server shows.</li>
<li><code>idqp user add you@example.com</code> makes you the Owner, and closes the store to everyone else.</li></ol>
</body></html>
"""


def install(app: FastAPI, folder: Path = FOLDER) -> None:
    """Let the app answer every path that is no endpoint with the dashboard."""
    index = folder / "index.html"

    @app.get("/{path:path}", include_in_schema=False)
    def dashboard(path: str) -> Response:
        if path == "api" or path.startswith("api/"):
            raise Problem("not-found", "there is no such endpoint; see /api/v1/openapi.json")
        file = _inside(folder, path)
        if file is not None:
            return FileResponse(file, headers={"Cache-Control": KEPT if path.startswith("assets/") else ASKED})
        if path.startswith("assets/"):
            raise Problem("not-found", "there is no such file")
        if index.is_file():
            return FileResponse(index, headers={"Cache-Control": ASKED})
        return Response(PAGE, media_type="text/html", headers={"Cache-Control": ASKED})


def _inside(folder: Path, path: str) -> Path | None:
    """Return the file of a path that is really in the folder, None if there is none."""
    if not path or "\0" in path:
        return None
    file = Path(os.path.realpath(folder / path))
    return file if file.is_relative_to(os.path.realpath(folder)) and file.is_file() else None
