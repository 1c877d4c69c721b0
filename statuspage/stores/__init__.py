"""Where records and sites are kept."""
