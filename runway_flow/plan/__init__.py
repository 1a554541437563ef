"""What a run would do: expansion, binding, action keys, states, cost."""
