"""The frame that every operational row belongs to: operations, their facts, tasks and decisions."""
