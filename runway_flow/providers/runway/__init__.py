"""Actions carried out by the Runway API through the official SDK."""
