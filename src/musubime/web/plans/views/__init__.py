"""Pages of plans: `pages` for everybody, `files` (layers, charts, downloads), `desk` for those who make them."""
