"""Is SIOP supported? The five symptoms, each a measurement with its rows."""
