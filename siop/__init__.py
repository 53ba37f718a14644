"""SIOP Cockpit: from company files to one bought-off plan."""

__version__ = "0.1.0"
