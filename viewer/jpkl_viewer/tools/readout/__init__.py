"""What is read out of the pixel under the pointer; its JavaScript is ``browser/readout.js``."""
