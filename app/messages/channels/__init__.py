"""One module for each way a message leaves the house, all behind `base.Channel`."""
