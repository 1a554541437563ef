"""What models can do: one row per endpoint and variant, judged, priced, made canonical."""
