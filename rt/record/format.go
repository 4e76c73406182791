package record

import (
	"fmt"
	"hash/crc32"
)

// A run file is, with all integers little-endian:
//
//	magic     8 bytes, "\x89memrun\n": neither text nor UTF-8, and damaged by
//	          any conversion of line ends
//	version   uint32, 1
//	header    uint32 length, JSON (a Run whose series carry their number of
//	          samples), uint32 CRC-32C of length and JSON
//	blocks    for each series in the header's order, its samples in blocks of
//	          65,536 and a shorter last one: uint32 series, uint32 block within
//	          the series, uint32 samples, uint32 payload bytes, the payload, and
//	          uint32 CRC-32C of all of these
//	digest    SHA-256 of every byte before it
//
// Version 2 is for a run that grows, so that the file of one whose writer died can be
// read. After magic and version, 2, come blocks of the same form, each complete in
// itself, until the end:
//
//	notes     series 0xFFFFFFFF, the note's number from 0, 0 samples, or 1 in the
//	          last note, and as payload the JSON of the run as far as it is known,
//	          of whose series blocks may follow. The first block is a note; a later
//	          one replaces it; the last one ends the file. Why a run ended early
//	          is written to the first one.
//	blocks    of any series, each series' own in order, of 1 to 65,536 samples
//
// A file that ends without a last note, in the middle of a block, or in zeros that a
// writer had reserved, is that of a run that ended early; damage before that is an
// error. There is no digest: what wrote it may not have come to writing one.
//
// A payload is one signed varint a sample, the difference from the sample before
// it; the first of a block is the difference from 0, so that damage stays in its
// block. Latencies of one benchmark are alike: a sample takes one to three bytes.
const (
	magic       = "\x89memrun\n"
	version     = 1
	growing     = 2
	noteSeries  = 1<<32 - 1
	digestSize  = 32
	blockFields = 16

	// blockSamples bounds what a reader holds back before it checks a CRC, and
	// the loss from one flipped bit.
	blockSamples = 1 << 16
	// maxHeader is far above any real header (one series takes about 1 KiB) and
	// bounds what a hostile length can make a reader store.
	maxHeader = 64 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is a Run as the file's JSON tells it.
type header struct {
	Run
	Series []headerSeries `json:"series"`
}

type headerSeries struct {
	Series
	Count int64 `json:"samples"`
}

// FormatError says where a run file is not what it must be.
type FormatError struct {
	// Offset is the byte at which the defect was seen, from 0.
	Offset int64
	// What names the defect and the remedy.
	What string
	// Err is the cause, where there is one: io.ErrUnexpectedEOF for a file that
	// was cut short.
	Err error
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("run file, byte %d: %s", e.Offset, e.What)
}

func (e *FormatError) Unwrap() error { return e.Err }
