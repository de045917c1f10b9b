"""Who may have heirs."""
