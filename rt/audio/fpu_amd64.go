package audio

// flushBits are FTZ and DAZ of MXCSR.
const flushBits = 1<<15 | 1<<6
