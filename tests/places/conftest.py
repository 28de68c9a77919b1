"""The servers that data is read from."""

from mariadb_server import mariadb
from remote_servers import google, s3, web

__all__ = ["google", "mariadb", "s3", "web"]
