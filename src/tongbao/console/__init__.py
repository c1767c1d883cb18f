"""The duty desk: pages that compose the rooms for officers."""
