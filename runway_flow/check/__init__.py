"""Static rules over a flow, one file each; all findings at once."""
