"""Which credentials there are for each kind of place: what they are and where they were found, and never themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from importlib.util import find_spec

from idqp_cli.core.frozen import frozen

# The packages without which a kind of place is not read, and its extra.
NEEDED = {
    "s3": ("obstore", "botocore"), "gcs": ("obstore",), "azure": ("obstore",), "web": ("urllib3",),
    "delta": ("deltalake",), "iceberg": ("pyiceberg",), "postgres": ("psycopg",), "mysql": ("pymysql",),
}  # fmt: skip
# In the order in which each is looked for: variables, what they are, and the file that one names or that stands there.
KNOWN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "gcs": (
        ("GOOGLE_SKIP_SIGNATURE", "none: asked as public"), ("STORAGE_EMULATOR_HOST", "none: an emulator"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "credentials file"), ("GOOGLE_SERVICE_ACCOUNT", "service account file"),
        ("GOOGLE_SERVICE_ACCOUNT_KEY", "service account key"),
        ("~/.config/gcloud/application_default_credentials.json", "login of gcloud"),
    ),
    "azure": (
        ("AZURE_SKIP_SIGNATURE", "none: asked as public"), ("AZURE_STORAGE_CONNECTION_STRING", "connection string"),
        ("AZURE_STORAGE_ACCOUNT_KEY", "account key"), ("AZURE_STORAGE_SAS_TOKEN", "shared access signature"),
        ("AZURE_STORAGE_SAS_KEY", "shared access signature"), ("AZURE_CLIENT_SECRET", "service principal"),
        ("AZURE_FEDERATED_TOKEN_FILE", "workload identity"),
    ),
    "web": (("HTTPS_PROXY", "proxy"), ("https_proxy", "proxy"), ("SSL_CERT_FILE", "certificate authority")),
    "iceberg": (("PYICEBERG_HOME", "configuration"), ("~/.pyiceberg.yaml", "configuration")),
    "postgres": (
        ("PGPASSWORD", "password"), ("PGSERVICE", "service"), ("PGPASSFILE", "password file"),
        ("~/.pgpass", "password file"),
    ),
    "mysql": (("MYSQL_PWD", "password"), ("~/.my.cnf", "option file")),
}  # fmt: skip
TABLES = ("delta", "iceberg")
UNSIGNED = ("AWS_SKIP_SIGNATURE", "AWS_NO_SIGN_REQUEST")
METHODS = {
    "env": ("access key", "AWS_ACCESS_KEY_ID"), "shared-credentials-file": ("access key", "~/.aws/credentials"),
    "config-file": ("access key", "~/.aws/config"), "assume-role": ("assumed role", "~/.aws/config"),
    "assume-role-with-web-identity": ("web identity", "AWS_WEB_IDENTITY_TOKEN_FILE"), "sso": ("login", "~/.aws/sso"),
    "custom-process": ("a command's answer", "~/.aws/config"), "login": ("login", "~/.aws/login"),
}  # fmt: skip
# They ask servers, which takes time and is not asked for.
ASKING = ("iam-role", "container-role")


@frozen
class Credential:
    """What was found for a kind of place: whether its packages are installed, what there is, and where it is from."""

    place: str
    installed: bool
    kind: str
    source: str


def found() -> Iterator[Credential]:
    """Return what there is for each kind of place; nothing is asked over the network."""
    for place, packages in NEEDED.items():
        installed = all(find_spec(package) is not None for package in packages)
        kind, source = (_of_aws() if installed else ("", "")) if place == "s3" else _known(place)
        yield Credential(place, installed, kind, source)


def _known(place: str) -> tuple[str, str]:
    for source, kind in KNOWN.get(place, ()):
        there = os.path.isfile(os.path.expanduser(source)) if source.startswith("~") else os.environ.get(source)
        if there:
            return kind, source
    return ("those of the object store", "") if place in TABLES else ("", "")


def _of_aws() -> tuple[str, str]:
    import botocore.session  # noqa: PLC0415 - only who asks has to pay
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    for name in UNSIGNED:
        if os.environ.get(name):
            return "none: asked as public", name
    try:
        session = botocore.session.get_session()
        resolver = session.get_component("credential_provider")
        for name in ASKING:
            resolver.remove(name)
        credentials = session.get_credentials()
    except BotoCoreError as error:
        return f"cannot be used ({type(error).__name__})", "AWS_PROFILE"
    if credentials is None:
        return "", ""
    return METHODS.get(credentials.method, (credentials.method, "AWS"))
