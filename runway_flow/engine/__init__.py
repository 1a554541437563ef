"""How a run goes: ports, pure states, scheduler, retry, recovery, budget, and the executor."""
