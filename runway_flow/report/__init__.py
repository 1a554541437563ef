"""What people and programs read: diagnostics, plan table, progress, JSON."""
