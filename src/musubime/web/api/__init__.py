"""The site's data for programs: JSON, GeoJSON and CSV at addresses that stay."""
