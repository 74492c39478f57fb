"""A stack that is being written is followed: how far it is, and its newest frame."""
