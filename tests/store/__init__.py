"""An object store for tests: moto, in an environment and a process of its own, and a gate before it that can fail."""
