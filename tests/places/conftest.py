"""The servers that data is read from."""

from mariadb_server import mariadb
from remote_servers import s3, web

__all__ = ["mariadb", "s3", "web"]
