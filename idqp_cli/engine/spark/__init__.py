"""The second engine: the same rules on a Spark cluster, through Spark Connect; the rows stay there."""
