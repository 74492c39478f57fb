"""From arrays to encoded frames: what to encode and how, the display range, tables, and the stream."""
