"""The server: the API and the dashboard on a store, for `idqp serve`."""
