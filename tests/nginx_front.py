"""A real nginx with TLS in front of two servers, by the configuration in docs/nginx.conf."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from generated import ROOT
from serving_processes import free_port


@contextmanager
def fronted(folder: Path, first: str, second: str, ca: trustme.CA) -> Iterator[str]:
    """Run nginx in front of two addresses; yield its own."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    assert Path(program).exists(), "this test needs nginx: apt-get install nginx-light"
    certificate, port = ca.issue_cert("localhost"), free_port()
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "all.pem")
    text = (ROOT / "docs" / "nginx.conf").read_text(encoding="utf-8")
    for before, after in (
        ("127.0.0.1:8001", first.removeprefix("http://")), ("127.0.0.1:8002", second.removeprefix("http://")),
        ("listen 443", f"listen 127.0.0.1:{port}"), ("quality.example.com", "localhost"),
        ("/etc/nginx/quality.pem", str(folder / "all.pem")), ("/etc/nginx/quality.key", str(folder / "all.pem")),
    ):  # fmt: skip
        assert before in text
        text = text.replace(before, after)
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors; user root;"
        f" events {{}} http {{ access_log off; {places} {text} }}"
    )
    process = subprocess.Popen(
        [program, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL
    )
    try:
        yield f"https://localhost:{port}"
    finally:
        process.terminate()
        process.wait(20)
