"""An outsider's check of published periods: from bundles alone, without a database. Pure."""
