"""A local HTTP server that answers like the Runway API and renders deterministic media."""
