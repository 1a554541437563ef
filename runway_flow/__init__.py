"""runway-flow runs content recipes: YAML flows of Runway generations and local media steps."""

__version__ = "0.1.0"
