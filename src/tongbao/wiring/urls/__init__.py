"""Root URLs: one module per face, ``all`` for one process that serves everything."""
