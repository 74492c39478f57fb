"""Label images over the frames of a stack: as an argument, encoded, decoded, and written one by one."""
