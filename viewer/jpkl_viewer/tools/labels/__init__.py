"""Label images over the picture: their objects, and curves of one of them."""
