"""Places behind TLS with a private authority, and behind a proxy."""

from __future__ import annotations

import pytest

from conftest import Ran, Shell
from remote_servers import S3, Files
from tls_front import encrypted, proxy

NOBODY = "http://127.0.0.1:9"
ROWS = b"id,v\n1,2\n2,3\n"


def read(ran: Ran) -> tuple[int, int | None]:
    return ran.code, ran.json["datasets"][0]["rows"]


@pytest.mark.parametrize("place", [pytest.param("web", marks=pytest.mark.thorough), "s3"])
def test_a_private_authority_is_trusted_where_it_is_named_and_a_proxy_is_used(
    shell: Shell, web: Files, s3: S3, place: str
) -> None:
    web.files["/t.csv"] = ROWS
    there = s3.put(s3.bucket(), "t.csv", ROWS)
    upstream = web.url if place == "web" else s3.url
    with encrypted(upstream, shell.folder) as (url, authority), proxy() as (through, asked):
        path, env = (f"{url}/t.csv", {}) if place == "web" else (there, {**s3.env, "AWS_ENDPOINT_URL": url})
        words = ("check", "--no-store", "--format", "json", path)
        none = {"SSL_CERT_FILE": "", "HTTPS_PROXY": "", "https_proxy": "", "NO_PROXY": "", "no_proxy": ""}
        unknown = shell.idqp(*words, env={**env, **none, "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"})
        assert (unknown.code, "the server's certificate is not trusted" in unknown.err) == (3, True), unknown.err
        assert read(shell.idqp(*words, env={**env, **none, "SSL_CERT_FILE": authority})) == (0, 2)
        assert not asked
        secure = {**env, **none, "SSL_CERT_FILE": authority, "HTTPS_PROXY": through, "https_proxy": through}
        assert read(shell.idqp(*words, env=secure)) == (0, 2)
        assert asked
        assert {one.partition(":")[0] for one in asked} == {"localhost"}
        dead = shell.idqp(*words, "--deadline", "5s", env={**secure, "HTTPS_PROXY": NOBODY, "https_proxy": NOBODY})
        assert (dead.code, "Traceback" in dead.err) == (3, False), dead.err


def test_a_proxy_that_cannot_be_used_is_refused_aloud(shell: Shell) -> None:
    for address in ("socks5://127.0.0.1:9", "nonsense://x", "http://"):
        env = {"HTTPS_PROXY": address, "https_proxy": address, "NO_PROXY": "", "no_proxy": ""}
        first = f"import os\nos.environ |= {env!r}\nfrom idqp_cli.ingest.places import web\nweb.PAUSES = (0.1, 0.2)\n"
        ran = shell.idqp("check", "--no-store", "https://localhost:9/t.csv", first=first)
        assert (ran.code, "Traceback" in ran.err, "the proxy cannot be used" in ran.err) == (3, False, True), ran.err
