"""Messages to residents: one person writes, another approves, a machine sends once and refuses what is left over."""
