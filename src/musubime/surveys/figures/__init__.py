"""Does what is printed follow? Printed figures recomputed from one another, and those named that do not add up."""
