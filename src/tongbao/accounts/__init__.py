"""Who signs in: users, invitations, API tokens. Knows nothing of organisations and seats."""
