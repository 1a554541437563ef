"""What the author wrote: the document with its spans, the flow, its expressions."""
