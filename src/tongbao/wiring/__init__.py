"""Where the rooms are joined: settings, root URLs, which handler answers which event, the command line."""
