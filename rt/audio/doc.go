// Package audio runs a [Processor], a synth, an effect or a meter, on a JACK or
// PipeWire server, on audio hardware through PortAudio, in a simulation without any,
// and offline: the same code, and the same output for the same blocks and events.
//
//	var synth = audio.Declare("synth", newSynth)
//
//	func main() {
//		isolate.Main()
//		stream, err := audio.Open(audio.Config{}, synth)
//		err = stream.Start()
//		…
//		fmt.Println(stream.Stats().Misses, stream.Close())
//	}
//
// A declared Processor runs in a process of its own, which nothing else of the
// program can delay. A Processor that is not declared runs in this process.
//
// # Why a Go callback glitches, and the remedy
//
// A callback from C into Go needs one of GOMAXPROCS processors, a P. Among busy
// goroutines it waits for one for up to 10 ms a goroutine, many periods of 64
// frames; a garbage collection adds to that. So [Handoff], the default, lets no Go
// code run on the device's thread: C copies the block in, wakes a real-time thread
// that keeps its P, waits for it until a share of the period has passed
// (Config.Budget), and otherwise plays a substitute (Config.OnMiss) and counts a
// miss. What comes too late is dropped; the next block carries [Gap] and its true
// Frame. The Processor never sees the device's memory, so nothing that it does
// late can reach it.
//
// That thread holds one P also while it waits, so a stream adds to GOMAXPROCS while it
// runs. Each collection stops the world, and so Process, twice; so while a stream runs the
// program makes 64 MiB more of garbage between two collections (Config.HeapRoom). Without
// privileges the thread runs at an ordinary priority; Stream.Granted says so. A stream
// changes nothing else about its process: not GOGC, not the affinity of threads, not the
// locking of pages.
//
// [Direct] calls the Processor on the device's thread: less overhead, and no
// substitute when the block is late. [Blocking] works with any device and adds periods of
// latency. With any of them a declared Processor has a process of its own, whose
// collector is off: the guarantee for a program that makes garbage.
//
// # Panics
//
// A panic in Process is recovered: the stream plays silence from that very block,
// Process is not called again, and Stream.Err is a *[PanicError]. That is possible
// because the thread is not pinned to its P while Process runs. The price is a
// window: a time-slice request that comes just then, 10 ms after the last one,
// costs the P and, without a spare one, some periods; Stats.LostP counts them.
// Config.Pinned closes the window. A panic in a pinned Process cannot be recovered
// and ends its process.
//
// An isolate's stream is pinned where the right to be so is granted: nothing else is
// in that process, and its end is what the parent survives. Stream.Err is then a
// *[isolate.ExitError] with the panic and its stack in Stderr, the device plays silence
// for want of a client, and Config.Restart says whether a new one comes.
//
// # What a block met
//
// Each block is marked with what makes blocks late: Process [Allocated], the thread
// [Faulted], the goroutine has [LostP], a collection has [Stopped] the world. Stats
// counts the blocks with each mark, Config.OnBlock tells which they are, in every
// mode, in an isolate and offline. It costs two looks at the runtime's own counts of
// some 30 ns and, at every 8th block of a quiet thread, a system call of 400 ns; so a
// page fault may be told of up to 7 blocks later, but for one that has made Process
// take twice as long as usual, and [Processed].Over says how far back it may lie.
//
//   - A block that has lost its P cannot tell whether it has allocated.
//   - In Handoff the thread keeps its P also between blocks, and LostP counts from
//     the end of the block before. In Blocking, Direct and offline it does not: there
//     LostP is about the block itself. In Direct a P is taken anew for each call of
//     the device, and the wait for it, which is the price of that mode, is no mark: it
//     is part of Stats.Response, not of Exec.
//   - Stopped is about collections, which stop the world twice each, in the block or
//     since the one before; other stops, such as those of runtime.ReadMemStats, show
//     as LostP.
//   - The marks are complete on Linux with Go 1.26, amd64 and arm64. Elsewhere only a
//     block that ends on another P than it began on is marked, with LostP.
//
// # Samples
//
// Before Process, NaN, infinite and denormal samples of the input become 0, and
// after it the same in the output: a NaN stays in a filter permanently and is as loud
// as it gets in a loudspeaker. Stats counts each. During Process denormal numbers
// are flushed to 0 by the processor (FTZ and DAZ on amd64, FZ on arm64), because a
// biquad whose tail decays through them was measured to run 81 times slower; the
// thread's control register is restored after each block. Both happen offline as
// well, so that the output stays the same.
//
// # Threads
//
// On other systems than Linux PortAudio's callback runs Go on the device's thread, and
// waits for a P there, whatever the Mode; Stream.Granted says so. Nothing of that was
// tested on these systems; on Linux the tag portaudio_go selects it, and it is tested.
//
// Process runs on one real-time thread at a time. All methods of a Stream are for
// ordinary goroutines; a Processor talks to them by [Block].Events and
// Block.Notify, and by [Param], which any goroutine may Set. An ordinary goroutine
// of the stream's collects timings every 50 ms and notices a device that has
// stopped calling ([ErrStalled]) or is gone ([ErrDeviceGone]).
//
// # Two devices
//
// Config.Input takes the input from another device than the output, which has a clock
// of its own: the input is resampled by the ratio of the two clocks as they are
// measured (package resampler). While the input device is lost or late, the input is
// silent and its blocks carry [Xrun]. A stream whose input device has stopped calling is
// [Stalled], and one whose input device is gone is [Lost]; Stream.Err names that device.
//
// # Latency
//
// Stats.Latency says how far the output lags the input: the device's part, and what
// a [LatencyReporter] says of itself. A live stream plays what the Processor makes
// when it makes it, and so does [Stream.Render], block for block. [Stream.RenderAll]
// is for whole sounds: it takes a LatencyReporter's lag out, so that the output lies
// where the input does, and renders a [TailReporter]'s tail after the end.
//
// # Time
//
// Frames are counted from the stream's opening, substituted ones included.
// Deadlines count from the start of the device's cycle, not from the call: the
// clients of a sound server share its cycle. All times are those of rt.Now.
package audio
