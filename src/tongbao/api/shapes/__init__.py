"""What things look like in JSON. Restricted things show their content only when they are opened one by one."""
