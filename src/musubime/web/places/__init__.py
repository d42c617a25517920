"""Municipalities, regions, hubs, RMOs, living areas and settlements: where things are."""
