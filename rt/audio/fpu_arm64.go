package audio

// flushBits is FZ of FPCR, for operands and results.
const flushBits = 1 << 24
