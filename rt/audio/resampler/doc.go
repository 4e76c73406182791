// Package resampler joins two audio devices that have clocks of their own.
//
// Two devices of one nominal rate differ by up to some 100 parts per million, so
// that a buffer between them runs full or empty within a minute. A [Bridge] measures
// both clocks by the times of their blocks, and resamples with the ratio of the two,
// so that the buffer stays at one level and no sample is lost or repeated.
//
// The samples are interpolated by a windowed sinc of 64 taps (J. O. Smith, Digital
// Audio Resampling, 1984 to 2020), flat within 0.1 dB up to 0.39 of the rate where
// the two rates are nearly one. The times of the blocks are filtered by a delay-locked loop, and the
// level by a loop of second order whose bandwidth narrows from 0.5 Hz to 0.02 Hz
// after the start (F. Adriaensen, Using a DLL to filter time, Linux Audio Conference
// 2005, and Controlling adaptive resampling, 2012).
//
// Write belongs to the thread of the first device and Read to that of the second.
// Neither allocates or blocks.
package resampler
