// Package wav reads and writes WAV files as channels of samples, as package audio
// renders them.
//
//   - [Read] and [Write] handle a whole [Sound] in memory.
//   - [Reader] and [Writer] stream one block at a time, without an allocation a
//     block, also to and from pipes.
//
// It reads integers of 8, 12, 16, 20, 24 and 32 bits and floats of 32 and 64 bits,
// with plain and extensible headers, RIFF and RF64 (EBU Tech 3306, also under its
// name BW64), and files whose writer could not seek back to fill in the sizes.
// Every other encoding is refused by its name. Float32 samples come back bit for
// bit.
//
// No function is for a real-time thread: reading and writing wait for the file. A
// Reader and a Writer are each for one goroutine at a time.
package wav
