// Package wav reads and writes WAV files as the channels that package audio
// renders: 16 and 24 bit integers, and 32 bit floats, which come back bit for bit.
//
// Chunks and headers are the work of github.com/go-audio/wav. Files are held in
// memory whole; nothing here is for a real-time thread.
package wav
