"""Pages of the ledger, for the office. What a recipient or an originator has to do lies in the portal."""
