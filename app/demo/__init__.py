"""A business to look around in: made through the services of the rooms, with dates in the past."""
