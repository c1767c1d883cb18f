"""Fast, pure machinery: columns in, columns out. No Django, no network, no clock."""
