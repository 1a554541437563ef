"""Words that every layer shares: codes, errors, diagnostics, digests, media, amounts, suggestions."""
